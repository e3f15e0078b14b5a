// Measures the page that it is loaded into, before the page's own scripts. benchmarks/dashboard.py reads the results.
(() => {
  /** What has to be on the page before a viewer can do what the view is for. */
  const isReady = {
    "/book": () => document.querySelector(".times button.free"),
    "/week": () => document.querySelectorAll(".calendar [data-slot]").length >= 210,
    "/history": () => document.querySelector(".events > li") && document.querySelector(".weeks"),
  };
  const shown = {
    "/book": () => document.querySelector(".month-glance .some")?.dataset.date,
    "/week": () => isReady["/week"]() && document.querySelector("[data-column]").dataset.column,
  };
  let shift = 0;
  let slowestEvent = 0;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) {
      shift += hadRecentInput ? 0 : value;
    }
  }).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => {
    slowestEvent = Math.max(slowestEvent, ...list.getEntries().map(({ duration }) => duration));
  }).observe({ type: "event", durationThreshold: 16, buffered: true });

  const frame = () => new Promise((done) => requestAnimationFrame((at) => setTimeout(() => done(at))));

  /** Wait until a condition holds and the page is painted; return the time. */
  function until(condition) {
    return new Promise((done) => {
      const check = async () => {
        if (condition()) {
          observer.disconnect();
          await frame();
          done(performance.now());
        }
      };
      const observer = new MutationObserver(check);
      observer.observe(document, { subtree: true, childList: true, attributes: true });
      void check();
    });
  }

  const ready = until(() => isReady[location.pathname]());
  let change;
  window.measured = {
    ready: () => ready,
    shift: () => shift,
    scriptBytes: () =>
      performance
        .getEntriesByType("resource")
        .filter(({ name }) => name.endsWith(".js"))
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
    /** Forget the events so far. */
    beforePress() {
      slowestEvent = 0;
    },
    /** Return how long the page took to show the answer to the slowest event. Shorter ones than 16 ms aren't told. */
    async press() {
      await frame();
      await frame();
      return slowestEvent;
    },
    /** Measure from the next click until the view shows something else. */
    beforeChange() {
      const before = shown[location.pathname]();
      change = new Promise((done) => {
        addEventListener(
          "click",
          async () => {
            const from = performance.now();
            done((await until(() => ![before, false, undefined].includes(shown[location.pathname]()))) - from);
          },
          { capture: true, once: true },
        );
      });
    },
    change: () => change,
    /** Scroll from the top, and return how long each frame took. */
    async scroll(count) {
      window.scrollTo(0, 0);
      await frame();
      const times = [];
      let last;
      for (let i = 0; i <= count; i++) {
        await new Promise((done) => {
          requestAnimationFrame((at) => {
            if (last !== undefined) {
              times.push(at - last);
            }
            last = at;
            window.scrollBy(0, 100);
            done();
          });
        });
      }
      return times;
    },
  };
})();
