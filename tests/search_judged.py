"""A judged set for the search: records and queries made by rule, so that what is relevant is known, not guessed.

Records. A record is a subject (`SUBJECTS`: title, English word, words within the title, what people say instead),
a province, a year and a breakdown, drawn with a fixed seed; the subject's line decides the agency. The title holds
subject, breakdown, province and year, in one of five forms (Buddhist or Common Era, Thai or Arabic digits, with
and without spaces). The notes name the agency, one word of the subject and one *other* subject that the data go
with. Tags are the English word and that word of the subject.

Queries. A query asks for facts (a subject, a word of it, or its agency; a province; sometimes a year or
breakdown), written in one of twelve ways (`KINDS`). The facts come from a record drawn with a fixed seed, so each
query has at least one answer; queries of more than ten perfect answers are drawn again.

Grades. 2: the record has all facts that the query asks for. 1: it has them but for the subject, which its notes
name as the other one. 0: anything else. Nothing in the grading looks at the search's own words or folding.

Every third query of a kind is held out: nobody looks at its result while weights are chosen. The synonyms that the
search ships were written by hand before, from common knowledge; they are not part of the tuning.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

SUBJECTS = """
จำนวนประชากรตามทะเบียนราษฎร|population|ประชากร,ทะเบียน,ราษฎร||กระทรวงมหาดไทย,มท.
จำนวนบ้านตามทะเบียนบ้าน|house|บ้าน,ทะเบียน|จำนวนหลังคาเรือน|กระทรวงมหาดไทย,มท.
ผู้ลงทะเบียนเบี้ยยังชีพผู้สูงอายุ|elderly|เบี้ยยังชีพ,ผู้สูงอายุ|คนแก่|กระทรวงมหาดไทย,มท.
โครงการบ้านมั่นคงเมืองและชนบท|housing|บ้าน,มั่นคง,ชนบท,โครงการ|ที่อยู่อาศัย|สถาบันพัฒนาองค์กรชุมชน,พอช.
กองทุนสวัสดิการชุมชนระดับตำบล|welfare|กองทุน,สวัสดิการ,ชุมชน|สวัสดิการชาวบ้าน|สถาบันพัฒนาองค์กรชุมชน,พอช.
สภาองค์กรชุมชนที่จดแจ้งจัดตั้ง|council|สภา,องค์กร,ชุมชน|องค์กรชาวบ้าน|สถาบันพัฒนาองค์กรชุมชน,พอช.
คนพิการที่มีบัตรประจำตัว|disability|คนพิการ,บัตร|ผู้พิการ|กระทรวงการพัฒนาสังคมและความมั่นคงของมนุษย์,พม.
เด็กในสถานสงเคราะห์|children|เด็ก,สงเคราะห์|children|กระทรวงการพัฒนาสังคมและความมั่นคงของมนุษย์,พม.
ศูนย์พัฒนาคุณภาพชีวิตผู้สูงอายุ|senior|ศูนย์,คุณภาพ,ชีวิต,ผู้สูงอายุ|คนชรา|กระทรวงการพัฒนาสังคมและความมั่นคงของมนุษย์,พม.
จำนวนนักเรียนในระบบการศึกษา|students|นักเรียน,การศึกษา|student|สำนักงานคณะกรรมการการศึกษาขั้นพื้นฐาน,สพฐ.
จำนวนครูและบุคลากรทางการศึกษา|teachers|ครู,บุคลากร,การศึกษา|teacher|สำนักงานคณะกรรมการการศึกษาขั้นพื้นฐาน,สพฐ.
ที่ตั้งโรงเรียนขนาดเล็ก|school|โรงเรียน,เล็ก|รร.|สำนักงานคณะกรรมการการศึกษาขั้นพื้นฐาน,สพฐ.
ผลการทดสอบภาษาอังกฤษ|exam|ทดสอบ,ภาษา,อังกฤษ||กระทรวงศึกษาธิการ,ศธ.
ทุนการศึกษาเพื่อความเสมอภาค|scholarship|ทุน,การศึกษา,เสมอภาค||กระทรวงศึกษาธิการ,ศธ.
ร้านขายยาแผนปัจจุบัน|pharmacy|ร้าน,ยา|ร้านยา|กระทรวงสาธารณสุข,สธ.
จำนวนเตียงโรงพยาบาล|hospital|เตียง,โรงพยาบาล|รพ.|กระทรวงสาธารณสุข,สธ.
ผู้ป่วยโรคไข้เลือดออก|dengue|ไข้,เลือด,โรค,ผู้ป่วย||กระทรวงสาธารณสุข,สธ.
การฉีดวัคซีนโควิด|vaccine|วัคซีน,โควิด,ฉีด|COVID-19 วัคซีน|กระทรวงสาธารณสุข,สธ.
อาสาสมัครสาธารณสุขประจำหมู่บ้าน|volunteer|อาสาสมัคร,สาธารณสุข,หมู่บ้าน|อสม.|กระทรวงสาธารณสุข,สธ.
ผู้มีสิทธิหลักประกันสุขภาพ|insurance|สิทธิ,สุขภาพ|บัตรทองสุขภาพ|สำนักงานหลักประกันสุขภาพแห่งชาติ,สปสช.
หน่วยบริการปฐมภูมิ|clinic|หน่วยบริการ,ปฐมภูมิ||สำนักงานหลักประกันสุขภาพแห่งชาติ,สปสช.
พื้นที่ปลูกข้าวนาปี|rice|ข้าว,นา,ปลูก|rice|กระทรวงเกษตรและสหกรณ์,กษ.
ผลผลิตยางพารา|rubber|ยางพารา,ยาง,ผลผลิต|rubber|กระทรวงเกษตรและสหกรณ์,กษ.
ราคามันสำปะหลังที่เกษตรกรขายได้|cassava|มันสำปะหลัง,ราคา,เกษตรกร||กระทรวงเกษตรและสหกรณ์,กษ.
เนื้อที่สวนปาล์มน้ำมัน|palm|ปาล์ม,สวน|oil palm|กระทรวงเกษตรและสหกรณ์,กษ.
จำนวนโคเนื้อและกระบือ|cattle|โค,กระบือ||กระทรวงเกษตรและสหกรณ์,กษ.
สัตว์น้ำจากการเพาะเลี้ยงกุ้ง|shrimp|กุ้ง,สัตว์,เพาะเลี้ยง||กระทรวงเกษตรและสหกรณ์,กษ.
ปริมาณขยะมูลฝอยชุมชน|waste|ขยะ,มูลฝอย,ปริมาณ|waste|กระทรวงทรัพยากรธรรมชาติและสิ่งแวดล้อม,ทส.
คุณภาพอากาศจากสถานีตรวจวัด|air|คุณภาพ,อากาศ,สถานี|air quality|กระทรวงทรัพยากรธรรมชาติและสิ่งแวดล้อม,ทส.
คุณภาพน้ำในแหล่งน้ำผิวดิน|water|คุณภาพ,น้ำ|water quality|กระทรวงทรัพยากรธรรมชาติและสิ่งแวดล้อม,ทส.
พื้นที่ป่าไม้จากภาพถ่ายดาวเทียม|forest|ป่า,ไม้,ดาวเทียม|forest|กระทรวงทรัพยากรธรรมชาติและสิ่งแวดล้อม,ทส.
จุดความร้อนและไฟป่า|hotspot|ไฟ,ป่า,ความร้อน||กระทรวงทรัพยากรธรรมชาติและสิ่งแวดล้อม,ทส.
พื้นที่ประสบอุทกภัย|flood|อุทกภัย,พื้นที่|น้ำท่วม|กรมป้องกันและบรรเทาสาธารณภัย,ปภ.
พื้นที่ประสบภัยแล้งซ้ำซาก|drought|ภัย,แล้ง|drought|กรมป้องกันและบรรเทาสาธารณภัย,ปภ.
จุดเสี่ยงดินถล่ม|landslide|ดิน,ถล่ม,เสี่ยง||กรมป้องกันและบรรเทาสาธารณภัย,ปภ.
อุบัติเหตุทางถนนช่วงเทศกาล|accident|อุบัติเหตุ,ถนน,เทศกาล|accident|กระทรวงคมนาคม,คค.
รถจดทะเบียนใหม่ตามประเภท|vehicle|รถ,ทะเบียน||กระทรวงคมนาคม,คค.
ผู้โดยสารท่าเรือ|ferry|ผู้โดยสาร,เรือ||กระทรวงคมนาคม,คค.
ผู้โดยสารรถไฟ|railway|ผู้โดยสาร,รถไฟ||การรถไฟแห่งประเทศไทย,รฟท.
สถานีรถไฟและตารางเดินรถ|station|สถานี,รถไฟ,ตาราง||การรถไฟแห่งประเทศไทย,รฟท.
จำนวนนักท่องเที่ยวชาวต่างชาติ|tourists|นักท่องเที่ยว,ต่างชาติ|tourist|กระทรวงการท่องเที่ยวและกีฬา,กก.
รายได้จากการท่องเที่ยว|tourism|รายได้,ท่องเที่ยว|tourism|กระทรวงการท่องเที่ยวและกีฬา,กก.
สนามกีฬาและลานออกกำลังกาย|sport|สนาม,กีฬา,ออกกำลังกาย||กระทรวงการท่องเที่ยวและกีฬา,กก.
โรงงานอุตสาหกรรมที่ได้รับอนุญาต|factory|โรงงาน,อุตสาหกรรม,อนุญาต|factory|กระทรวงอุตสาหกรรม,อก.
วิสาหกิจขนาดกลางและขนาดย่อม|enterprise|วิสาหกิจ|SME|กระทรวงอุตสาหกรรม,อก.
ผลิตภัณฑ์โอทอปที่ผ่านการคัดสรร|product|ผลิตภัณฑ์,โอทอป|OTOP|กรมการพัฒนาชุมชน,พช.
กลุ่มออมทรัพย์เพื่อการผลิต|savings|ออมทรัพย์,กลุ่ม||กรมการพัฒนาชุมชน,พช.
ดัชนีราคาผู้บริโภค|inflation|ดัชนี,ราคา,ผู้บริโภค|CPI|กระทรวงพาณิชย์,พณ.
มูลค่าการส่งออกสินค้าเกษตร|export|ส่งออก,สินค้า,มูลค่า|export|กระทรวงพาณิชย์,พณ.
ราคาขายปลีกน้ำมันเชื้อเพลิง|fuel|น้ำมัน,เชื้อเพลิง,ขายปลีก||กระทรวงพลังงาน,พน.
กำลังผลิตไฟฟ้าจากพลังงานแสงอาทิตย์|solar|ไฟฟ้า,พลังงาน,แสงอาทิตย์||กระทรวงพลังงาน,พน.
สถานีอัดประจุยานยนต์ไฟฟ้า|charger|สถานี,ยานยนต์,ไฟฟ้า|EV|กระทรวงพลังงาน,พน.
ผู้ว่างงานและอัตราการว่างงาน|unemployment|ว่างงาน,อัตรา|unemployment|กระทรวงแรงงาน,รง.
แรงงานต่างด้าวที่ได้รับใบอนุญาต|migrant|แรงงาน,ต่างด้าว||กระทรวงแรงงาน,รง.
ค่าจ้างขั้นต่ำรายวัน|wage|ค่าจ้าง,ขั้นต่ำ||กระทรวงแรงงาน,รง.
รายได้และรายจ่ายของครัวเรือน|household|รายได้,รายจ่าย,ครัวเรือน|household|สำนักงานสถิติแห่งชาติ,สสช.
หนี้สินครัวเรือนเกษตร|debt|หนี้สิน,ครัวเรือน|debt|สำนักงานสถิติแห่งชาติ,สสช.
การใช้อินเทอร์เน็ตของประชาชน|internet|อินเทอร์เน็ต,ประชาชน||สำนักงานสถิติแห่งชาติ,สสช.
งบประมาณรายจ่ายประจำปี|budget|งบประมาณ,รายจ่าย|budget|กระทรวงการคลัง,กค.
การจัดเก็บภาษีที่ดินและสิ่งปลูกสร้าง|tax|ภาษี,ที่ดิน|tax|กระทรวงการคลัง,กค.
การจัดซื้อจัดจ้างภาครัฐ|procurement|จัดซื้อ,จัดจ้าง,ภาครัฐ|procurement|กระทรวงการคลัง,กค.
คดีอาญาที่รับแจ้ง|crime|คดี,อาญา||กระทรวงยุติธรรม,ยธ.
ผู้ต้องขังในเรือนจำ|prison|ผู้ต้องขัง,เรือนจำ||กระทรวงยุติธรรม,ยธ.
แหล่งโบราณสถานที่ขึ้นทะเบียน|heritage|โบราณสถาน,ทะเบียน,แหล่ง||กระทรวงวัฒนธรรม,วธ.
วัดและศาสนสถาน|temple|วัด,ศาสนสถาน||กระทรวงวัฒนธรรม,วธ.
ชุดข้อมูลเปิดภาครัฐที่เผยแพร่|catalog|ข้อมูลเปิด,ภาครัฐ|open data|สำนักงานพัฒนารัฐบาลดิจิทัล,สพร.
บริการดิจิทัลของหน่วยงานท้องถิ่น|digital|บริการ,ดิจิทัล,ท้องถิ่น||สำนักงานพัฒนารัฐบาลดิจิทัล,สพร.
การใช้ปัญญาประดิษฐ์ในงานบริการ|intelligence|ปัญญา,บริการ|AI|สำนักงานพัฒนารัฐบาลดิจิทัล,สพร.
องค์ความรู้ด้านคุณธรรมจริยธรรม|ethics|คุณธรรม,จริยธรรม,องค์ความรู้|moral|กระทรวงวัฒนธรรม,วธ.
ปริมาณน้ำในอ่างเก็บน้ำ|reservoir|น้ำ,อ่าง,ปริมาณ||กระทรวงเกษตรและสหกรณ์,กษ.
ปริมาณการใช้น้ำประปา|tapwater|น้ำ,ประปา,ปริมาณ|tap water|การประปาส่วนภูมิภาค,กปภ.
ปริมาณการใช้ไฟฟ้าภาคครัวเรือน|electricity|ไฟฟ้า,ครัวเรือน,ปริมาณ|electricity|การไฟฟ้าส่วนภูมิภาค,กฟภ.
"""
PROVINCES = """
กรุงเทพมหานคร|Bangkok สมุทรปราการ|Samut_Prakan นนทบุรี|Nonthaburi ปทุมธานี|Pathum_Thani อ่างทอง|Ang_Thong
ลพบุรี|Lop_Buri สิงห์บุรี|Sing_Buri ชัยนาท|Chai_Nat สระบุรี|Saraburi ชลบุรี|Chon_Buri ระยอง|Rayong ตราด|Trat
จันทบุรี|Chanthaburi ฉะเชิงเทรา|Chachoengsao นครนายก|Nakhon_Nayok สระแก้ว|Sa_Kaeo นครราชสีมา|Nakhon_Ratchasima
บุรีรัมย์|Buri_Ram สุรินทร์|Surin ศรีสะเกษ|Si_Sa_Ket อุบลราชธานี|Ubon_Ratchathani ยโสธร|Yasothon
ชัยภูมิ|Chaiyaphum บึงกาฬ|Bueng_Kan ขอนแก่น|Khon_Kaen อุดรธานี|Udon_Thani เลย|Loei หนองคาย|Nong_Khai
มหาสารคาม|Maha_Sarakham ร้อยเอ็ด|Roi_Et กาฬสินธุ์|Kalasin สกลนคร|Sakon_Nakhon นครพนม|Nakhon_Phanom
มุกดาหาร|Mukdahan เชียงใหม่|Chiang_Mai ลำพูน|Lamphun ลำปาง|Lampang อุตรดิตถ์|Uttaradit แพร่|Phrae น่าน|Nan
พะเยา|Phayao เชียงราย|Chiang_Rai แม่ฮ่องสอน|Mae_Hong_Son นครสวรรค์|Nakhon_Sawan อุทัยธานี|Uthai_Thani
กำแพงเพชร|Kamphaeng_Phet ตาก|Tak สุโขทัย|Sukhothai พิษณุโลก|Phitsanulok พิจิตร|Phichit เพชรบูรณ์|Phetchabun
ราชบุรี|Ratchaburi กาญจนบุรี|Kanchanaburi สุพรรณบุรี|Suphan_Buri นครปฐม|Nakhon_Pathom สมุทรสาคร|Samut_Sakhon
เพชรบุรี|Phetchaburi นครศรีธรรมราช|Nakhon_Si_Thammarat กระบี่|Krabi พังงา|Phang-nga ภูเก็ต|Phuket
สุราษฎร์ธานี|Surat_Thani ระนอง|Ranong ชุมพร|Chumphon สงขลา|Songkhla สตูล|Satun ตรัง|Trang พัทลุง|Phatthalung
ปัตตานี|Pattani ยะลา|Yala นราธิวาส|Narathiwat
"""
BREAKDOWNS = ("จำแนกตามเพศ", "รายอำเภอ", "รายเดือน", "จำแนกตามช่วงอายุ", "รายไตรมาส", "จำแนกตามประเภท", "รายตำบล")
YEARS = range(2558, 2570)
THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
LETTERS = "กขคงจชดตทนบปพมยรลวสหอ"
CONSONANTS = {chr(code) for code in range(0x0E01, 0x0E2F)}
MARKS = {chr(code) for code in (0x0E31, *range(0x0E33, 0x0E3B), *range(0x0E47, 0x0E4F))}


@dataclass(frozen=True, slots=True)
class Subject:
    """A line of SUBJECTS."""

    title: str
    english: str
    words: tuple[str, ...]
    said: str
    agency: str
    short: str


@dataclass(frozen=True, slots=True)
class Record:
    """A dataset and its facts."""

    number: int
    subject: int
    other: int
    province: int
    year: int
    breakdown: int
    title: str
    notes: str
    tags: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its address."""
        return f"{SUBJECT[self.subject].english}-{self.number}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and what it asks for: any of some subjects, and whatever of the other facts is not None."""

    kind: str
    text: str
    held_out: bool
    subjects: frozenset[int]
    province: int
    year: int | None = None
    breakdown: int | None = None

    def grade(self, record: Record) -> int:
        """2, 1 or 0, by the rule."""
        facts = ((self.province, record.province), (self.year, record.year), (self.breakdown, record.breakdown))
        if any(wanted is not None and wanted != has for wanted, has in facts):
            return 0
        return 2 if record.subject in self.subjects else int(record.other in self.subjects)


def _subjects() -> list[Subject]:
    found = []
    for line in SUBJECTS.split("\n"):
        if line:
            title, english, words, said, agency = line.split("|")
            name, short = agency.split(",")
            found.append(Subject(title, english, tuple(words.split(",")), said, name, short))
    return found


SUBJECT = _subjects()
PROVINCE = [tuple(one.replace("_", " ").split("|")) for one in PROVINCES.split()]
FORMS: tuple[Callable[[str, str, str, int], str], ...] = (
    lambda subject, breakdown, province, year: f"{subject}{breakdown} จังหวัด{province} พ.ศ. {year}",
    lambda subject, breakdown, province, year: f"{subject} {breakdown} {province} {year - 543}",
    lambda subject, breakdown, province, year: f"{subject}จังหวัด{province}{breakdown}ปี {str(year).translate(THAI)}",
    lambda subject, breakdown, province, year: f"{subject} จ.{province} ปี {year} {breakdown}",
    lambda subject, breakdown, province, year: f"{subject}{breakdown}ของจังหวัด{province} ปีงบประมาณ พ.ศ.{year}",
)


@cache
def records(count: int) -> tuple[Record, ...]:
    """The first so many records: the same each time, and the same first ones whatever the count."""
    drawn = random.Random(2569)  # noqa: S311 - nothing secret
    made = []
    for number in range(count):
        subject, other = drawn.sample(range(len(SUBJECT)), 2)
        province, year = drawn.randrange(len(PROVINCE)), drawn.choice(YEARS)
        breakdown, form = drawn.randrange(len(BREAKDOWNS)), drawn.choice(FORMS)
        line, with_it = SUBJECT[subject], SUBJECT[other]
        title = form(line.title, BREAKDOWNS[breakdown], PROVINCE[province][0], year)
        word = drawn.choice(line.words)
        notes = (
            f"รวบรวมโดย{line.agency}เกี่ยวกับ{word} เพื่อวางแผนและติดตามผลการดำเนินงาน"
            f" ใช้ประกอบกับ{with_it.title} ปรับปรุงทุกปี"
        )
        facts = (number, subject, other, province, year, breakdown)
        made.append(Record(*facts, title, notes, (line.english, word)))
    return tuple(made)


def _cut(text: str, drawn: random.Random) -> str:
    """A text as far as it is typed: at least half of it, up to a consonant that no mark follows."""
    ends = [
        end
        for end in range(max(3, len(text) // 2), len(text))
        if text[end - 1] in CONSONANTS and text[end] not in MARKS
    ]
    return text[: drawn.choice(ends)] if ends else text


def _misspelt(text: str, drawn: random.Random) -> str:
    """One letter replaced, left out or doubled, not the first."""
    at = drawn.randrange(1, len(text))
    how = drawn.randrange(3)
    return text[:at] + (drawn.choice(LETTERS), "", text[at] * 2)[how] + text[at + 1 :]


def _queries(kind: str, record: Record, drawn: random.Random) -> Asked | None:
    line, place = SUBJECT[record.subject], PROVINCE[record.province]
    one = frozenset({record.subject})
    word = drawn.choice(line.words)
    with_word = frozenset(at for at, other in enumerate(SUBJECT) if word in other.words)
    of_agency = frozenset(at for at, other in enumerate(SUBJECT) if other.agency == line.agency)
    province, year, breakdown = record.province, record.year, record.breakdown

    def asked(text: str, subjects: frozenset[int] = one, **facts: int) -> Asked:
        return Asked(kind, text, False, subjects, province, **facts)

    if kind == "exact":
        return asked(f"{line.title} {place[0]}")
    if kind == "glued":
        return asked(f"{line.title}{place[0]}")
    if kind == "word":
        return asked(f"{word} {place[0]}", with_word)
    if kind == "short":
        brief = [word for word in line.words if len(word) <= 3]
        if not brief:
            return None
        word = drawn.choice(brief)
        with_word = frozenset(at for at, other in enumerate(SUBJECT) if word in other.words)
        return asked(f"{word} {place[0]}", with_word)
    if kind == "typed so far":
        return asked(f"{place[0]} {_cut(line.title, drawn)}")
    if kind == "misspelt":
        return asked(f"{_misspelt(line.title, drawn)} {place[0]}")
    if kind == "english":
        text = f"{line.english} {place[0]}" if drawn.random() < 0.5 else f"{line.title} {place[1]}"
        return asked(text)
    if kind == "agency":
        return asked(f"{line.short} {place[0]}", of_agency)
    if kind == "year":
        written = drawn.choice((f"{year}", f"{year - 543}", str(year).translate(THAI), f"พ.ศ. {year}"))
        return asked(f"{line.title} {place[0]} {written}", year=year)
    if kind == "sentence":
        return asked(f"ข้อมูล{line.title}ในจังหวัด{place[0]}ของปี {year}", year=year)
    if kind == "turned":
        return asked(f"{BREAKDOWNS[breakdown]} {place[0]} {line.title}", breakdown=breakdown)
    if kind == "said":
        return asked(f"{line.said} {place[0]}") if line.said else None
    raise ValueError(kind)


KINDS = (
    "exact", "glued", "word", "short", "typed so far", "misspelt", "english", "agency", "year", "sentence",
    "turned", "said",
)  # fmt: skip


@cache
def by_province(count: int) -> tuple[tuple[Record, ...], ...]:
    """The records of each province: a query's answers are all in one of them."""
    whole = records(count)
    return tuple(tuple(one for one in whole if one.province == at) for at in range(len(PROVINCE)))


def _perfect(query: Asked, places: tuple[tuple[Record, ...], ...]) -> int:
    return sum(query.grade(one) == 2 for one in places[query.province])


@cache
def queries(count: int, each: int = 45) -> tuple[Asked, ...]:
    """The queries for the first `count` records: so many of each kind, each different."""
    drawn = random.Random(2026)  # noqa: S311 - nothing secret
    whole, places = records(count), by_province(count)
    made: list[Asked] = []
    for kind in KINDS:
        texts: dict[str, Asked] = {}
        while len(texts) < each:
            query = _queries(kind, drawn.choice(whole), drawn)
            if query and query.text not in texts and _perfect(query, places) <= 10:
                texts[query.text] = query
        for at, query in enumerate(texts.values()):
            facts = (query.subjects, query.province, query.year, query.breakdown)
            made.append(Asked(kind, query.text, at % 3 == 2, *facts))
    return tuple(made)


def recall(grades: list[int], relevant: int) -> float:
    """Of the perfect answers (at most ten count), how many stand among the first ten."""
    return sum(grade == 2 for grade in grades[:10]) / min(relevant, 10)


def ndcg(grades: list[int], ideal: list[int]) -> float:
    """Normalised discounted cumulative gain at 10, gain 2^grade - 1."""

    def gain(order: Iterable[int]) -> float:
        return sum((2**grade - 1) / math.log2(at + 2) for at, grade in enumerate(list(order)[:10]))

    return gain(grades) / gain(sorted(ideal, reverse=True))


@dataclass(frozen=True, slots=True)
class Score:
    """Means over some queries."""

    queries: int
    recall: float
    ndcg: float


def judged(ask: Callable[[str], list[str]], asked: Iterable[Asked], count: int) -> dict[str, Score]:
    """Scores of a search (text → names, the best first) by kind, and of `all` and what was `held out`."""
    by_name, places = {record.name: record for record in records(count)}, by_province(count)
    scores: dict[str, list[tuple[float, float]]] = {}
    for query in asked:
        grades = [query.grade(by_name[name]) for name in ask(query.text)]
        ideal = [grade for record in places[query.province] if (grade := query.grade(record))]
        score = (recall(grades, ideal.count(2)), ndcg(grades, ideal))
        for group in (query.kind, "all", *(["held out"] if query.held_out else [])):
            scores.setdefault(group, []).append(score)
    return {
        group: Score(
            len(found), sum(one[0] for one in found) / len(found), sum(one[1] for one in found) / len(found)
        )
        for group, found in scores.items()
    }
