// The event stream, from which the page learns about its session.

let source = null, next = null;
let retry = 0;

// connect opens a new stream, with the current access token, and ends with it. The previous stream
// stays open until the new one has started, so that no event is missed.
export function connect({ identity, event, end, failed }) {
  clearTimeout(retry);
  next?.close();
  const mine = next = new EventSource('/events');
  const listen = (name, f) => mine.addEventListener(name, e => source === mine && f(JSON.parse(e.data)));
  mine.addEventListener('identity', () => {
    source?.close();
    source = mine;
    next = null;
  });
  listen('identity', identity);
  listen('session', event);
  listen('end', data => { close(); end(data.reason); });
  mine.onerror = () => {
    if (mine !== source && mine !== next) return;
    close();
    retry = setTimeout(failed, 1000);
  };
}

export function close() {
  clearTimeout(retry);
  source?.close();
  next?.close();
  source = next = null;
}
