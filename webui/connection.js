// Follows the gateway's live data: events while the page is looked at, and single requests where events are refused.

const SILENCE_MS = 5000;
const RETRY_MS = 3000;

/**
 * Call `onData` with all live data as they come, `onLost` when none have come for a while, and `onDenied` when they
 * are only for those who are logged in. Returns a function that ends it.
 * @param {(data: LiveData) => void} onData
 * @param {() => void} onLost
 * @param {() => void} onDenied
 */
export function follow(onData, onLost, onDenied) {
  /** @type {EventSource | null} */
  let source = null;
  /** @type {number | undefined} */
  let silence;
  /** @type {number | undefined} */
  let retry;

  function expect() {
    clearTimeout(silence);
    silence = setTimeout(onLost, SILENCE_MS);
  }

  /** @param {LiveData} data */
  function take(data) {
    expect();
    onData(data);
  }

  function stop() {
    source?.close();
    source = null;
    clearTimeout(silence);
    clearTimeout(retry);
  }

  async function askOnce() {
    try {
      const answer = await fetch("/api/v1/live", { signal: AbortSignal.timeout(RETRY_MS) });
      if (!source) return;
      if (answer.status === 401) onDenied();
      else if (answer.ok) take(await answer.json());
    } catch {
      // The watch over silence tells the reader.
    }
  }

  function refused() {
    // A network fault is retried by the browser itself; an answer that is no event stream ends it.
    if (source?.readyState !== EventSource.CLOSED) return;
    askOnce();
    clearTimeout(retry);
    retry = setTimeout(open, RETRY_MS);
  }

  function open() {
    source?.close();
    source = new EventSource("/api/v1/events");
    source.onmessage = (event) => take(JSON.parse(event.data));
    source.onerror = refused;
  }

  function start() {
    stop();
    expect();
    open();
  }

  // Browsers keep only six connections to one address, so that tabs out of sight must not hold one each.
  const onVisibility = () => (document.hidden ? stop() : start());
  const onShow = (/** @type {PageTransitionEvent} */ event) => event.persisted && start();
  document.addEventListener("visibilitychange", onVisibility);
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", onShow);
  start();

  return () => {
    stop();
    document.removeEventListener("visibilitychange", onVisibility);
    window.removeEventListener("pagehide", stop);
    window.removeEventListener("pageshow", onShow);
  };
}
