/**
 * Runs in each contender's page before the page's own scripts. When these set `window.bench`, the harness calls its `init` and
 * a first forward pass. After that bench/run.mjs times and traces calls.
 */
(() => {
  const now = () => performance.now();
  const harness = {};
  window.harness = harness;
  let bench;

  /** The numbers of the page's WebGPU calls. `liveBytes` is the size of all buffers that were not destroyed explicitly. */
  const counts = {
    dispatches: 0, passes: 0, submits: 0, pipelines: 0, bindGroups: 0, buffers: 0, bufferBytes: 0, writes: 0, writtenBytes: 0, liveBytes: 0,
  };

  /** Makes a method call `before` with its arguments first. Returns a function that undoes this. */
  function wrap(kind, method, before) {
    const original = globalThis[kind].prototype[method];
    globalThis[kind].prototype[method] = function wrapped(...args) {
      before.call(this, ...args);
      return original.apply(this, args);
    };
    return () => { globalThis[kind].prototype[method] = original; };
  }

  // These two are counted from the start, because `liveBytes` needs all of them; the others only during a trace.
  if (globalThis.GPUDevice) {
    wrap('GPUDevice', 'createBuffer', ({ size }) => {
      counts.buffers += 1;
      counts.bufferBytes += size;
      counts.liveBytes += size;
    });
    const destroyed = new WeakSet();
    wrap('GPUBuffer', 'destroy', function destroy() {
      if (!destroyed.has(this)) counts.liveBytes -= this.size;
      destroyed.add(this);
    });
  }

  /** Starts counting all calls. Returns a function that stops it. */
  function startTrace() {
    const count = (name) => () => { counts[name] += 1; };
    const undo = [
      wrap('GPUComputePassEncoder', 'dispatchWorkgroups', count('dispatches')),
      wrap('GPUComputePassEncoder', 'dispatchWorkgroupsIndirect', count('dispatches')),
      wrap('GPUCommandEncoder', 'beginComputePass', count('passes')),
      wrap('GPUQueue', 'submit', count('submits')),
      wrap('GPUDevice', 'createComputePipeline', count('pipelines')),
      wrap('GPUDevice', 'createComputePipelineAsync', count('pipelines')),
      wrap('GPUDevice', 'createBindGroup', count('bindGroups')),
      wrap('GPUQueue', 'writeBuffer', (buffer, offset, data, start = 0, size = undefined) => {
        const unit = data.BYTES_PER_ELEMENT ?? 1;
        counts.writes += 1;
        counts.writtenBytes += size === undefined ? data.byteLength - start * unit : size * unit;
      }),
    ];
    return () => undo.forEach((one) => one());
  }

  /** The time of one call, in milliseconds. Throws if the result is not a finite number. */
  harness.time = async (method, ...args) => {
    const begun = now();
    const value = await bench[method](...args);
    const ms = now() - begun;
    if (!Number.isFinite(value)) throw new Error(`${method}(${args}) gave ${value}`);
    return ms;
  };

  /** The numbers of WebGPU calls in one call. */
  harness.trace = async (method, ...args) => {
    const stop = startTrace();
    const before = { ...counts };
    try {
      await harness.time(method, ...args);
    } finally {
      stop();
    }
    const change = Object.entries(counts).map(([name, count]) => [name, count - before[name]]);
    return { ...Object.fromEntries(change), liveBytes: counts.liveBytes };
  };

  harness.liveBytes = () => counts.liveBytes;

  harness.check = (training) => bench.check(training);

  async function start() {
    const scripts = now();
    const info = await bench.init();
    const opened = now();
    await harness.time('forward', 1);
    return { info, scripts_ms: scripts, init_ms: opened - scripts, first_result_ms: now() };
  }

  harness.ready = new Promise((resolve, reject) => {
    Object.defineProperty(window, 'bench', {
      get: () => bench,
      set: (contender) => {
        bench = contender;
        setTimeout(() => start().then(resolve, reject));
      },
    });
  });
  // The bench awaits `ready` later; this keeps an earlier failure from being reported as unhandled.
  harness.ready.catch(() => {});
})();
