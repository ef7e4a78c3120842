/**
 * The errors of this package. Each has a `code`, a short stable name for programs; its `message` says what was wrong and what to do
 * about it, for people.
 */

/** Anything that went wrong in this package. */
export class DdpmError extends Error {
  /** The errors' classes have names that survive a minifier. */
  name = 'DdpmError';

  /**
   * @param {string} code
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    /** A short stable name of what went wrong. */
    this.code = code;
  }
}

/** An option that cannot be so. */
export class OptionError extends DdpmError {
  name = 'OptionError';

  /** @param {string} option @param {string} message */
  constructor(option, message) {
    super('bad_option', message);
    /** The option's name. */
    this.option = option;
  }
}

/**
 * The program, its worker or its weights could not be loaded. The code is `unsupported` (the browser lacks something), `worker_failed`
 * (the worker's script), `start_failed` (a file of the program), `no_weights` (the weights' file) or `not_fetched` (another file).
 */
export class LoadError extends DdpmError {
  name = 'LoadError';
}

/** The program refused a file or a setting. The code is the program's own, such as `not_safetensors` or `bad_value`. */
export class RefusedError extends DdpmError {
  name = 'RefusedError';

  /** @param {import('./protocol.js').Refusal} refusal */
  constructor({ what, code, message }) {
    super(code, message);
    /** What it was asked for. */
    this.what = what;
  }
}

/** Something else runs, which does not go together with what was asked for. */
export class BusyError extends DdpmError {
  name = 'BusyError';

  /** @param {string} message */
  constructor(message) {
    super('busy', message);
  }
}

/** The program ended by an error of its own, or its GPU was lost. This instance is of no use any more: load another. */
export class CrashError extends DdpmError {
  name = 'CrashError';

  /** @param {string} report */
  constructor(report) {
    super('crashed', `The program ended by an error: ${report.split('\n')[0]}. Load another one to go on.`);
    /** The error's text and stack, to be copied into a bug report. */
    this.report = report;
  }
}

/** The instance has been disposed of. */
export class DisposedError extends DdpmError {
  name = 'DisposedError';

  constructor() {
    super('disposed', 'This instance was disposed of, which ended its worker: load another one.');
  }
}
