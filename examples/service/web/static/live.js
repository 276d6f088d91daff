// The stream of events, from which the page learns about its session.

let source = null, next = null;
let retry = 0;

// connect opens the stream anew. It carries the access token of this moment, and ends with it.
// The stream before it goes on until this one has begun, so that no event is missed.
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
