// Leaflet as it comes, and the licences of both.
const fs = require("fs");
const to = "../../catalog/web/static/explore/";
const from = "node_modules/";
// without the address of its source map, which browsers would ask for
const code = fs.readFileSync(from + "leaflet/dist/leaflet.js", "utf8").replace(/^\/\/# sourceMappingURL.*\n?/m, "");
fs.writeFileSync(to + "leaflet.js", code);
fs.copyFileSync(from + "leaflet/dist/leaflet.css", to + "leaflet.css");
const parts = [["Apache ECharts 6.1.0", "echarts/LICENSE"], ["ZRender", "zrender/LICENSE"], ["Leaflet 1.9.4", "leaflet/LICENSE"]];
fs.writeFileSync(to + "licenses.txt", parts.map(([name, path]) => `${name}\n\n${fs.readFileSync(from + path, "utf8")}`).join("\n\n"));
