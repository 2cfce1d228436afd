// The explore page, where there is JavaScript: the same figures that the page shows, to be pointed at and moved.
// Without it the form below the picture does the same by the server.
"use strict";
(function () {
  const box = document.getElementById("explore");
  const told = document.getElementById("explore-figures");
  if (!box || !told) return;
  const facts = JSON.parse(told.textContent);
  const style = getComputedStyle(document.getElementById("explore-still"));
  const colour = (name) => style.getPropertyValue(name).trim();
  const colours = facts.colours.map(colour);
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 });
  const say = (value) => (value === null || value === undefined ? facts.words.missing : number.format(value));
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  function picture() {
    const ink = colour("--ink"), quiet = colour("--quiet"), line = colour("--line");
    const across = facts.kind === "bar";
    const names = { type: "category", data: facts.keys, inverse: across, axisLabel: { color: ink, width: across ? 120 : undefined, overflow: "truncate", lineHeight: 18 }, axisLine: { lineStyle: { color: quiet } } };
    const values = { type: "value", name: facts.unit, ...(across ? { nameLocation: "middle", nameGap: 30 } : {}), nameTextStyle: { color: quiet }, axisLabel: { color: quiet, formatter: (value) => number.format(value) }, splitLine: { lineStyle: { color: line } }, scale: facts.cropped };
    const dashes = ["solid", "dashed", "dotted", [10, 4, 2, 4], [14, 4], [3, 6], [6, 2]];
    const marks = ["circle", "rect", "triangle", "diamond", "roundRect", "pin", "arrow"];
    const chart = echarts.init(box, null, { renderer: "svg", locale: document.documentElement.lang.toUpperCase() });
    chart.setOption({
      animation: !still,
      aria: { enabled: true },
      color: colours,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
      grid: { left: 8, right: 24, top: facts.series.length > 1 ? 72 : 36, bottom: across ? 36 : facts.kind === "line" && facts.keys.length > 12 ? 64 : 24, containLabel: true },
      legend: facts.series.length > 1 ? { type: "scroll", top: 0, textStyle: { color: ink }, inactiveColor: quiet } : undefined,
      tooltip: { trigger: "axis", renderMode: "richText", confine: true, valueFormatter: say },
      dataZoom: facts.kind === "line" && facts.keys.length > 12 ? [{ type: "slider", bottom: 8 }] : undefined,
      xAxis: across ? values : names,
      yAxis: across ? names : values,
      series: facts.series.map((one, at) => ({
        name: one.name, type: facts.kind === "bar" ? "bar" : "line", data: one.values, connectNulls: false,
        barMaxWidth: 32, symbol: marks[at % marks.length], symbolSize: 8, showSymbol: true, showAllSymbol: facts.keys.length <= 40, lineStyle: { type: dashes[at % dashes.length], width: 2 },
      })),
    });
    addEventListener("resize", () => chart.resize());
  }

  function map(shapes) {
    const view = L.map(box, { attributionControl: false, scrollWheelZoom: false, zoomSnap: 0.25, fadeAnimation: !still, zoomAnimation: !still });
    view.zoomControl.setPosition("bottomright"); // in the sea, where it covers nothing
    const text = (lines) => {
      const node = document.createElement("div");
      lines.forEach((one, at) => { const p = document.createElement(at ? "div" : "strong"); p.textContent = one; node.append(p); });
      return node;
    };
    const found = new Map(facts.keys.map((key, at) => [key, at]));
    const values = facts.kind === "map" ? facts.series[0].values : [];
    const steps = facts.steps || [];
    const shade = (value) => colours[Math.max(0, steps.filter((step) => value >= step).length - 1)] || colour("--field");
    const land = L.geoJSON(shapes, {
      style: (one) => {
        const at = found.get(one.properties.code);
        const told = facts.kind === "map" && at !== undefined && values[at] !== null;
        return { color: colour("--quiet"), weight: 0.7, fillOpacity: 1, fillColor: told ? shade(values[at]) : colour("--field") };
      },
      interactive: facts.kind === "map",
      onEachFeature: (one, layer) => {
        if (facts.kind !== "map") return;
        const at = found.get(one.properties.code);
        const value = at === undefined ? null : values[at];
        layer.bindTooltip(text([one.properties[facts.name], `${say(value)} ${value === null ? "" : facts.unit}`]), { sticky: true });
      },
    });
    const whole = facts.dots.length ? L.latLngBounds(facts.dots.map((one) => one.slice(0, 2))) : land.getBounds();
    view.fitBounds(whole, { padding: [16, 16] });
    land.addTo(view);
    const most = Math.max(1, ...facts.dots.map((one) => one[2]));
    facts.dots.forEach(([latitude, longitude, rows]) =>
      L.circleMarker([latitude, longitude], { radius: 4 + 10 * Math.sqrt(rows / most), color: colour("--accent"), weight: 1.5, fillOpacity: 0.35 })
        .bindTooltip(text([`${number.format(rows)} ${facts.words.rows}`, `${latitude.toFixed(2)}, ${longitude.toFixed(2)}`]))
        .addTo(view));
  }

  function begin() {
    document.getElementById("explore-still").hidden = true;
    box.hidden = false;
  }

  if (facts.kind === "map" || facts.kind === "points") {
    fetch(facts.shapes).then((answer) => answer.json()).then((shapes) => { begin(); map(shapes); });
  } else {
    begin();
    picture();
  }
  document.querySelectorAll("#explore-form select").forEach((one) => one.addEventListener("change", () => one.form.requestSubmit()));
})();
