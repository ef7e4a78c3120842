/**
 * Watches over the start of the page. It depends on nothing else and is written for old browsers: whatever keeps the page's
 * modules from running, this says which file or error it was, in place of a page that waits for ever.
 *
 * main.js dispatches the event `ddpm:started` when all modules have run.
 */
(function () {
  'use strict';

  /** Milliseconds until a page that has not started and has reported no error says that it still waits. */
  var PATIENCE = 20000;

  var started = false;
  /** @type {HTMLElement | null} */
  var panel = null;

  /** Run once there is a body to show something in. @param {() => void} action */
  function withBody(action) {
    if (document.body) action();
    else document.addEventListener('DOMContentLoaded', action);
  }

  /** @param {string} tag @param {string} text */
  function made(tag, text) {
    var element = document.createElement(tag);
    element.textContent = text;
    return element;
  }

  /**
   * Show why the page does not start. The first reason stays: later ones follow from it.
   * @param {string} title
   * @param {string[]} sentences
   * @param {string} [command] something to type in a terminal
   */
  function show(title, sentences, command) {
    withBody(function () {
      if (started || panel) return;
      panel = document.createElement('section');
      panel.id = 'start-failed';
      panel.className = 'crash';
      panel.setAttribute('role', 'alert');
      panel.appendChild(made('h2', title));
      for (var i = 0; i < sentences.length; i += 1) panel.appendChild(made('p', sentences[i]));
      if (command) {
        var line = made('pre', '');
        line.appendChild(made('code', command));
        panel.appendChild(line);
      } else {
        var again = made('button', 'Try again');
        again.setAttribute('type', 'button');
        again.addEventListener('click', function () { location.reload(); });
        panel.appendChild(again);
      }
      var main = document.querySelector('main') || document.body;
      main.insertBefore(panel, main.firstChild);
      document.body.setAttribute('data-state', 'error');
    });
  }

  /** The end of an address, for people. @param {string} url */
  function fileOf(url) {
    return url.replace(/[?#].*$/, '').replace(/^.*\/(?=[^/]+\/[^/]+$)/, '');
  }

  /**
   * What is wrong with a module or with one that it imports: a sentence; empty where nothing is found.
   * @param {string} url
   * @param {Record<string, boolean>} [seen]
   * @returns {Promise<string>}
   */
  function faultOf(url, seen) {
    var visited = seen || {};
    if (visited[url]) return Promise.resolve('');
    visited[url] = true;
    return fetch(url).then(
      function (response) {
        var type = response.headers.get('content-type') || '';
        if (!response.ok) return fileOf(url) + ' is missing on this host: it answered with HTTP ' + response.status + '.';
        if (type.indexOf('text/html') === 0) return fileOf(url) + ' is missing on this host, which sent a web page in its place.';
        if (!/javascript|ecmascript/.test(type)) return fileOf(url) + ' was sent as “' + (type || 'no type') + '”, and browsers only run scripts that are sent as text/javascript.';
        return response.text().then(function (text) {
          var imports = /(?:^|[\s;}])(?:import|export)\s*(?:[^'"();]*?\sfrom\s*)?['"](\.[^'"]+)['"]/g;
          var next = [];
          for (var found = imports.exec(text); found; found = imports.exec(text)) {
            next.push(new URL(found[1], url).href);
          }
          return next.reduce(function (before, module) {
            return before.then(function (fault) { return fault || faultOf(module, visited); });
          }, Promise.resolve(''));
        });
      },
      function () { return fileOf(url) + ' could not be reached: the connection failed.'; }
    );
  }
  /** @type {any} */ (window).ddpmFaultOf = faultOf;

  if (location.protocol === 'file:') {
    show('This page has to be served', [
      'It was opened from the disk, and browsers let no page from there start modules and workers.',
      'Serve the folder that index.html is in with any web server, for example with this command in that folder, and open http://localhost:8000:',
    ], 'python3 -m http.server 8000');
    return;
  }

  /** @type {string[]} */
  var lacking = [];
  if (!('noModule' in HTMLScriptElement.prototype)) lacking.push('JavaScript modules');
  if (!('WebAssembly' in window)) lacking.push('WebAssembly');
  if (!('transferControlToOffscreen' in HTMLCanvasElement.prototype)) lacking.push('canvases that a worker draws on (OffscreenCanvas)');
  if (lacking.length > 0) {
    show('This browser cannot run the page', [
      'It lacks ' + lacking.join(', ') + '. Chrome and Edge 105, Firefox 105, Safari 16.4 and later versions have all that is needed.',
    ]);
    return;
  }

  // Scripts that cannot be loaded report to their element only, so the event is caught on its way there.
  window.addEventListener('error', function (event) {
    if (started) return;
    var target = event.target;
    if (target instanceof HTMLScriptElement) {
      var source = target.src;
      faultOf(source).then(function (fault) {
        show('The page could not be loaded', [
          fault || fileOf(source) + ' or a file that it needs could not be loaded.',
          'Either the connection failed, or the page was not copied to this host as a whole.',
        ]);
      });
    } else if (event instanceof ErrorEvent) {
      show('The page could not be started', [
        'A script stopped with an error: ' + event.message + (event.filename ? ' (' + fileOf(event.filename) + ', line ' + event.lineno + ')' : '') + '.',
        'The file may be damaged or cut short, or the browser may lack something that it needs.',
      ]);
    }
  }, true);

  window.addEventListener('unhandledrejection', function (event) {
    show('The page could not be started', ['A script stopped with an error: ' + event.reason + '.']);
  });

  window.addEventListener('ddpm:started', function () {
    started = true;
    if (panel) {
      panel.remove();
      document.body.setAttribute('data-state', 'loading');
    }
  });

  setTimeout(function () {
    show('The page is still being loaded', [
      'Its scripts have not arrived after ' + PATIENCE / 1000 + ' seconds. The connection may be slow: the page begins by itself when they are here.',
    ]);
  }, PATIENCE);
})();
