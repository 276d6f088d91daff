// Calls to the service. The tokens are in cookies that this script cannot read.

export class Unavailable extends Error {} // 503, or no answer: try again later
export class LoggedOut extends Error {}
export class NotConfirmed extends Error {} // a step-up is required (RFC 9470)

// Tells other tabs about logins, logouts and refreshes.
export const tabs = new BroadcastChannel('session');

// alone runs f while no other tab refreshes or logs in: all of them share the cookies.
const alone = f => navigator.locks.request('session', f);

const stamp = () => localStorage.setItem('refreshed', String(Date.now()));
const refreshedAt = () => Number(localStorage.getItem('refreshed') ?? 0);

async function send(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers['Content-Type'] = 'application/json';
    options.body = JSON.stringify(body);
  }
  try {
    return await fetch(path, options);
  } catch {
    throw new Unavailable('no answer');
  }
}

// refresh gets new tokens, unless another tab has done so since the given time. It returns false
// if the session has ended.
export const refresh = since => alone(async () => {
  if (refreshedAt() > since) return true;
  const answer = await send('POST', '/refresh');
  if (answer.status === 401) return false;
  if (answer.status !== 204) throw new Unavailable('the session could not be refreshed');
  stamp();
  tabs.postMessage('refreshed');
  return true;
});

// call returns the status and the data of an answer. If the token is refused, it refreshes and
// tries once more. seen is called with the status of each try.
export async function call(method, path, body, seen = () => {}) {
  for (let tries = 0; ; tries++) {
    const sent = Date.now();
    const answer = await send(method, path, body).catch(err => { seen(0); throw err; });
    seen(answer.status);
    if (answer.status === 503) throw new Unavailable('the service cannot answer now');
    if (challenge(answer).includes('insufficient_user_authentication')) throw new NotConfirmed();
    if (!isRefused(answer)) return { status: answer.status, data: await json(answer) };
    if (tries > 0 || !await refresh(sent)) throw new LoggedOut();
  }
}

// isRefused returns whether the access token was refused, and not a password.
const isRefused = answer => answer.status === 401 && challenge(answer).startsWith('Bearer');
const challenge = answer => answer.headers.get('WWW-Authenticate') ?? '';

const json = async answer => answer.status === 204 ? null : answer.json().catch(() => null);

// enter is for requests that set new cookies: login, step-up, a new password.
export async function enter(path, body) {
  const sent = Date.now();
  const post = () => alone(async () => {
    const answer = await send('POST', path, body);
    if (answer.ok) stamp();
    return answer;
  });
  let answer = await post();
  if (isRefused(answer) && await refresh(sent)) answer = await post();
  if (answer.ok) {
    tabs.postMessage('entered');
    dispatchEvent(new Event('entered'));
  }
  return { status: answer.status, data: await json(answer) };
}

export const leave = () => alone(async () => {
  const answer = await send('POST', '/logout');
  if (answer.status !== 204) throw new Unavailable('the session could not be ended');
  tabs.postMessage('left');
});
