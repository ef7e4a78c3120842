/**
 * The tasks of the page's main thread, by the time that their thread had the processor. By the clock a task can take long only because
 * other programs had the processor meanwhile; that is no fault of the page.
 */

/**
 * Do something, and give the milliseconds that each task of the page's main thread took meanwhile, the longest first.
 * @param {import('./tab.mjs').Tab} tab
 * @param {() => Promise<unknown>} act
 */
export async function mainThreadTasks(tab, act) {
  const browser = tab.context.browser();
  await browser.startTracing(tab.page, { categories: ['toplevel', 'devtools.timeline'] });
  let trace;
  try {
    await act();
  } finally {
    trace = JSON.parse((await browser.stopTracing()).toString()).traceEvents;
  }
  const thread = ({ pid, tid }) => `${pid} ${tid}`;
  const main = new Set(trace.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(thread));
  const tasks = trace.filter((event) => event.ph === 'X' && event.name.includes('RunTask') && event.tdur !== undefined && main.has(thread(event)));
  return tasks.map(({ tdur }) => tdur / 1000).sort((a, b) => b - a);
}
