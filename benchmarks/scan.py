"""How long `saphan scan` looks through a table for personal data, and what memory it takes, beside polars' parse.

Of the 20 columns most hold a value of their own in nearly every row, so distinct ones are no help:
numbers, codes, places, coordinates, days, offices' telephones, sentences. One sentence in a hundred holds a mobile
number. The same arguments give the same bytes; nobody is meant. Figures are those of whole processes.

python benchmarks/scan.py --rows 1000000
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from measured import kept, measured

if TYPE_CHECKING:
    import polars

PARSE = "import sys, polars; polars.read_csv(sys.argv[1], infer_schema=False)"
SCAN = [str(Path(sys.executable).parent / "saphan"), "scan"]
SECONDS, MEMORY = 60, 300
"""What is wanted at a million rows, on two cores: at most so many seconds and MB."""
CHUNK = 100_000
WORDS_OF_PLACES = "บาง ท่า หนอง บ้าน โคก ดอน นา คลอง ห้วย วัง ทุ่ง ศรี เมือง ใหม่ สัก งาม ทราย ยาว แก้ว เงิน"
PLACES = WORDS_OF_PLACES.split()
SENTENCES = (
    "โครงการซ่อมถนนสาย{a} ระยะ {n} เมตร แล้วเสร็จ",
    "รับเรื่องจากชุมชน{a} เมื่อปี 2567 ลำดับ {n}",
    "อบรมเรื่องโรคเบาหวานที่ตำบล{a} มีผู้ร่วม {n} คน",
    "ตามหนังสือเลขที่ มท 0810/{n} เรื่องตำบล{a}",
)
WORDS = ("อนุมัติ", "รอตรวจสอบ", "ยกเลิก", "เบิกจ่ายแล้ว")


def write(path: Path, rows: int) -> None:
    """The table, chunk by chunk."""
    with path.open("wb") as file:
        for start in range(0, rows, CHUNK):
            part = chunk(start, min(CHUNK, rows - start))
            part.write_csv(file, include_header=not start, line_terminator="\n")


def chunk(start: int, rows: int) -> polars.DataFrame:
    """Rows of the table from one on."""
    import numpy
    import polars

    draw = numpy.random.default_rng((7, start))

    def number(low: int, high: int) -> list[int]:
        return [int(one) for one in draw.integers(low, high, rows)]

    def place() -> list[str]:
        some = draw.integers(0, len(PLACES), (rows, 3))
        return ["".join(PLACES[part] for part in parts) for parts in some]

    villages, counts = place(), number(1, 1_000_000)
    notes = [
        SENTENCES[row % len(SENTENCES)].format(a=villages[row], n=counts[row])
        + (f" โทร 08{row % 10}-{counts[row] % 1000:03}-{(counts[row] * 7) % 10000:04}" if row % 100 == 0 else "")
        for row in range(rows)
    ]
    columns = {
        "ลำดับ": list(range(start + 1, start + rows + 1)),
        "รหัสงบประมาณ": [f"17{one:014}" for one in number(0, 10**14)],
        "ตำบล": villages,
        "อำเภอ": place(),
        "จังหวัด": place(),
        "ละติจูด": [f"{one:.6f}" for one in draw.uniform(5.6, 20.4, rows)],
        "ลองจิจูด": [f"{one:.6f}" for one in draw.uniform(97.3, 105.6, rows)],
        "งบประมาณ": [f"{one:,}.00" for one in number(1000, 90_000_000)],
        "เบิกจ่าย": number(1000, 90_000_000),
        "ร้อยละ": [f"{one:.4f}" for one in draw.uniform(0, 100, rows)],
        "ปีงบประมาณ": number(2560, 2570),
        "วันที่ประกาศ": [f"{1 + one % 28}/{1 + one % 12}/{2560 + one % 9}" for one in counts],
        "เลขที่หนังสือ": [f"มท {one % 9999:04}.{one % 9}/ว {one}" for one in number(1, 99999)],
        "เลขที่เอกสาร": [f"31{one:08}" for one in number(0, 10**8)],
        "เลขประจำตัวผู้เสียภาษี": [f"0105{one:09}" for one in number(0, 10**9)],
        "โทรศัพท์หน่วยงาน": [f"02-{one:03}-{one * 7 % 10000:04}" for one in number(100, 999)],
        "หน่วยงาน": [f"เทศบาลตำบล{one}" for one in place()],
        "สถานะ": [WORDS[one % len(WORDS)] for one in counts],
        "รายละเอียด": notes,
        "หมายเหตุ": [f"ชุมชน{a}{n % 90}" for a, n in zip(villages, counts, strict=True)],
    }
    return polars.DataFrame(columns)


@click.command()
@click.option("--rows", default=1_000_000, show_default=True)
@click.option("--repeat", default=3, show_default=True, help="Rounds, both commands by turns.")
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the file here.  [default: nowhere]")
@click.option("--make", type=click.Path(path_type=Path), hidden=True, help="Only write the table.")
def main(rows: int, repeat: int, folder: Path | None, make: Path | None) -> None:
    """Measure `saphan scan` beside polars' parse of the same file."""
    if make:
        write(make, rows)
        return
    with kept(folder) as place:
        path = place / f"scan-{rows}.csv"
        if not path.exists():
            # by another process: a child's peak begins with what its parent held
            subprocess.run([sys.executable, __file__, "--rows", str(rows), "--make", str(path)], check=True)
        click.echo(f"{rows:,} rows × 20 columns, {path.stat().st_size / 1e6:,.0f} MB, {os.cpu_count()} cores")
        commands = {
            "saphan scan": [*SCAN, str(path), "--json"],
            "polars": [sys.executable, "-c", PARSE, str(path)],
        }
        runs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
        click.echo(f"  {'':<14}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'load':>7}")
        for _ in range(repeat):
            for name, words in commands.items():
                load = os.getloadavg()[0]
                runs[name].append(measured(words, errors=subprocess.DEVNULL))
                wall, cpu, peak = runs[name][-1]
                click.echo(f"  {name:<14}{wall:>9.2f}{cpu:>9.2f}{peak:>9.0f}{load:>7.1f}")
        middle = {
            name: [statistics.median(part) for part in zip(*some, strict=True)] for name, some in runs.items()
        }
        (wall, cpu, peak), (other_wall, other_cpu, _) = middle["saphan scan"], middle["polars"]
        click.echo(
            f"  medians, times polars' parse: {wall / other_wall:.1f} of wall, {cpu / other_cpu:.1f} of CPU"
        )
        share = rows / 1_000_000
        for what, value, wanted in (("seconds", wall, SECONDS * share), ("peak MB", peak, MEMORY)):
            held = "holds" if value <= wanted else "FALLS SHORT"
            click.echo(f"  {what}: {value:.1f} (at most {wanted:g} wanted: {held})")


if __name__ == "__main__":
    main()
