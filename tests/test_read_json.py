"""JSON records, JSON lines and GeoJSON: columns, exact numbers, places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from metadata import wording
from metadata.errors import SourceError
from metadata.finding import Place
from metadata.recipe import Source
from pipelines.read import Reading, read


def reading_of(folder: Path, data: Any, name: str = "ชุมชน.json", **options: Any) -> Reading:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    (folder / name).write_text(text, encoding="utf-8")
    return read(Source(path=name, **options), folder, Place(dataset="communities"))


def refusal(folder: Path, data: Any, name: str = "ชุมชน.json", **options: Any) -> SourceError:
    with pytest.raises(SourceError) as refused:
        reading_of(folder, data, name, **options)
    said = wording.error(refused.value, "th")
    assert "…" not in said["message"] + said["remedy"]
    return refused.value


def feature(shape: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": shape}


def point(*place: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(place)}


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def test_a_list_of_records_is_a_table_numbered_from_one(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, [{"จังหวัด": "น่าน", "n": 1}, {"จังหวัด": "ตาก", "งบ": None}])
    assert list(reading.table.columns) == ["จังหวัด", "n", "งบ"]
    assert reading.table.to_numpy().tolist() == [["น่าน", "1", ""], ["ตาก", "", ""]]
    assert (list(reading.table.index), reading.encoding, reading.findings) == ([1, 2], "utf-8", ())


def test_numbers_stay_as_the_file_writes_them(tmp_path: Path) -> None:
    text = '[{"a": 0.10, "b": 12345678901234567890, "c": 1e5, "d": true, "e": "007"}]'
    assert list(reading_of(tmp_path, text).table.loc[1]) == ["0.10", "12345678901234567890", "1e5", "true", "007"]


def test_nested_objects_are_flattened_and_lists_stay_one_cell(tmp_path: Path) -> None:
    table = reading_of(tmp_path, [{"ที่ตั้ง": {"ตำบล": "ก", "พิกัด": {"x": 1.50}}, "ปี": [2566, "ข", None]}]).table
    assert dict(table.loc[1]) == {"ที่ตั้ง_ตำบล": "ก", "ที่ตั้ง_พิกัด_x": "1.5", "ปี": '[2566,"ข",null]'}


def test_flattened_names_that_clash_are_kept_apart(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, [{"a": {"b": 1}, "a_b": 2}])
    assert dict(reading.table.loc[1]) == {"a_b": "1", "a_b_2": "2"}
    assert [finding.rule for finding in reading.findings] == ["read-labels-repeated"]


def test_records_are_found_at_their_path(tmp_path: Path) -> None:
    document = {"result": {"records": [{"ก": 1}], "fields": [{"id": "ก"}]}}
    assert reading_of(tmp_path, document, records="result.records").table.loc[1, "ก"] == "1"


def test_the_only_list_of_records_needs_no_path(tmp_path: Path) -> None:
    assert reading_of(tmp_path, {"success": True, "result": {"records": [{"ก": 1}]}}).table.loc[1, "ก"] == "1"


@pytest.mark.parametrize("path", [None, "result.rows"])
def test_several_lists_ask_for_a_path(tmp_path: Path, path: str | None) -> None:
    refused = refusal(tmp_path, {"result": {"records": [{"ก": 1}], "fields": [{"id": "ก"}]}}, records=path)
    assert (refused.kind, refused.values["known"]) == ("read-records-missing", ["result.records", "result.fields"])


def test_a_record_that_is_no_object_is_refused_with_its_number(tmp_path: Path) -> None:
    refused = refusal(tmp_path, [{"ก": 1}, [2]])
    assert (refused.kind, refused.at.source_row) == ("read-records-mixed", 2)


@pytest.mark.parametrize("name", ["ชุมชน.jsonl", "ชุมชน.json"])
def test_json_lines_are_records(tmp_path: Path, name: str) -> None:
    assert list(reading_of(tmp_path, '{"ก": 1}\n\n{"ก": 2}\n', name).table["ก"]) == ["1", "2"]


def test_broken_json_is_refused_with_its_line(tmp_path: Path) -> None:
    refused = refusal(tmp_path, '[\n{"ก": 1},\n{"ก": }\n]')
    assert (refused.kind, refused.values["line"]) == ("read-json-broken", 3)


@pytest.mark.parametrize("text", ['[\n{"a": "\\ud800x"}]', '[\n{"\\uDC00": 1}]'])
def test_half_a_surrogate_pair_is_no_text(tmp_path: Path, text: str) -> None:
    refused = refusal(tmp_path, text)
    assert (refused.kind, refused.values["line"]) == ("read-json-broken", 2)


def test_a_whole_surrogate_pair_is_its_letter(tmp_path: Path) -> None:
    table = reading_of(tmp_path, '[{"a": "\\ud83d\\ude00", "b": "\\\\ud800"}]').table
    assert table.iloc[0].tolist() == ["😀", "\\ud800"]


def test_a_broken_line_is_refused_with_its_line(tmp_path: Path) -> None:
    assert refusal(tmp_path, '{"ก": 1}\n{"ก"\n', "ก.jsonl").values["line"] == 2


def test_json_nested_without_end_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "[" * 200_000).kind == "read-json-broken"


def test_an_empty_list_stops_the_release(tmp_path: Path) -> None:
    assert [finding.rule for finding in reading_of(tmp_path, []).findings] == ["read-no-rows"]


def test_points_give_longitude_and_latitude_as_written(tmp_path: Path) -> None:
    text = (
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"ชื่อ":"ก"},'
        '"geometry":{"type":"Point","coordinates":[100.50000000000000001, 13.70]}}]}'
    )
    reading = reading_of(tmp_path, text, "ชุมชน.geojson")
    assert dict(reading.table.loc[1]) == {"ชื่อ": "ก", "longitude": "100.50000000000000001", "latitude": "13.70"}
    assert reading.findings == ()


def test_other_shapes_give_a_geometry_column(tmp_path: Path) -> None:
    area = {"type": "Polygon", "coordinates": [[[100.0, 13.0], [101.0, 13.0], [100.0, 14.0], [100.0, 13.0]]]}
    table = reading_of(tmp_path, collection(feature(area, ชื่อ="ก"), feature(point(100.5, 13.5), ชื่อ="ข"))).table
    assert list(table.columns) == ["ชื่อ", "geometry"]
    assert json.loads(table.loc[1, "geometry"]) == area
    assert table.loc[2, "geometry"] == '{"type":"Point","coordinates":[100.5,13.5]}'


def test_properties_called_longitude_keep_their_own_column(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, collection(feature(point(100.5, 13.5), longitude="เดิม", latitude=1)))
    assert dict(reading.table.loc[1]) == {
        "longitude": "เดิม",
        "latitude": "1",
        "longitude_2": "100.5",
        "latitude_2": "13.5",
    }
    assert [finding.rule for finding in reading.findings] == ["read-labels-repeated"]


def test_metres_are_called_projected(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, collection(feature(point(100.5, 13.5)), feature(point(613053.1, 1530567.9))))
    (warning,) = reading.findings
    assert (warning.rule, warning.at.source_row, warning.values) == ("read-geojson-projected", 2, {"count": 1})


def test_features_without_a_place_are_counted(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, collection(feature(point(100.5, 13.5), ก="1"), feature(None, ก="2")))
    assert list(reading.table.loc[2]) == ["2", "", ""]
    assert [finding.rule for finding in reading.findings] == ["read-geojson-empty-places"]


def test_heights_and_feature_ids_are_kept(tmp_path: Path) -> None:
    one = {**feature(point(100.5, 13.5, 9.25), ก="1"), "id": 7}
    assert dict(reading_of(tmp_path, collection(one)).table.loc[1]) == {
        "ก": "1",
        "feature_id": "7",
        "longitude": "100.5",
        "latitude": "13.5",
        "altitude": "9.25",
    }


@pytest.mark.parametrize("shape", ["ก", {"type": "Point"}, {"type": "Point", "coordinates": ["ก", "ข"]}])
def test_a_feature_that_is_none_is_refused_with_its_number(tmp_path: Path, shape: Any) -> None:
    refused = refusal(tmp_path, collection(feature(point(1, 2)), feature(shape)))
    assert (refused.kind, refused.at.source_row) == ("read-geojson-broken", 2)
