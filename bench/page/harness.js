/**
 * Runs in every contender's page before its own scripts. When they set `window.bench` it is opened and asked
 * for a first forward pass; afterwards bench/run.mjs times and traces calls of it.
 */
(() => {
  const now = () => performance.now();
  const harness = {};
  window.harness = harness;
  let bench;

  /** What the page asks WebGPU for, by name; `liveBytes` is what stands in buffers not destroyed by call. */
  const counts = {
    dispatches: 0, passes: 0, submits: 0, pipelines: 0, bindGroups: 0, buffers: 0, bufferBytes: 0, writes: 0, writtenBytes: 0, liveBytes: 0,
  };

  /** Calls `before` with the method's arguments; gives back how to undo that. */
  function wrap(kind, method, before) {
    const original = globalThis[kind].prototype[method];
    globalThis[kind].prototype[method] = function wrapped(...args) {
      before.call(this, ...args);
      return original.apply(this, args);
    };
    return () => { globalThis[kind].prototype[method] = original; };
  }

  // These two from the start, or nobody would know what is alive; the others only while something is traced.
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

  function traced() {
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

  /** Milliseconds of one call. A result that is not a finite number is a failure. */
  harness.time = async (method, ...args) => {
    const begun = now();
    const value = await bench[method](...args);
    const ms = now() - begun;
    if (!Number.isFinite(value)) throw new Error(`${method}(${args}) gave ${value}`);
    return ms;
  };

  /** What one call asks WebGPU for. */
  harness.trace = async (method, ...args) => {
    const undo = traced();
    const before = { ...counts };
    try {
      await harness.time(method, ...args);
    } finally {
      undo();
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
  // Somebody asks for it later; until then a failure is not unhandled.
  harness.ready.catch(() => {});
})();
