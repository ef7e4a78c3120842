// Ours, not uPlot's: says that the ES module build has the types of uPlot.d.ts.
import uPlot from './uPlot.js';
export default uPlot;
