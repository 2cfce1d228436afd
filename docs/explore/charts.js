// The parts of ECharts that the explore pages use: lines, bars and dots, drawn as SVG, in Thai and English.
import * as echarts from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, DataZoomComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";
import thai from "echarts/i18n/langTH-obj.js";

echarts.use([BarChart, LineChart, AriaComponent, DataZoomComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);
echarts.registerLocale("TH", thai);
export const { init } = echarts;
