/** Resolves when the service worker answers the requests of this page. */
export async function register(): Promise<void> {
  const { serviceWorker } = navigator;
  const controlled = new Promise((resolve) => serviceWorker.addEventListener('controllerchange', resolve));
  await serviceWorker.register('/service-worker.js', { type: 'module' });
  if (!serviceWorker.controller) await controlled;
}

export async function send(path: string, body: unknown): Promise<readonly [number, unknown]> {
  const response = await fetch(path, { method: 'POST', body: JSON.stringify(body) });
  return [response.status, await response.json()];
}
