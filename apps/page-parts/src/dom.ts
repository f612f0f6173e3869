type Child = Node | string;

interface Properties {
  readonly class?: string;
  readonly text?: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** An element with its content. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  children: readonly Child[] = [],
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (properties.class !== undefined) made.className = properties.class;
  if (properties.text !== undefined) made.textContent = properties.text;
  Object.assign(made.dataset, properties.data);
  for (const [name, value] of Object.entries(properties.attributes ?? {})) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function button(text: string, onClick: () => void, properties: Properties = {}): HTMLButtonElement {
  const made = element('button', { ...properties, text });
  made.type = 'button';
  made.addEventListener('click', onClick);
  return made;
}

/** The element of index.html with that id. */
export function byId(id: string): HTMLElement {
  return document.getElementById(id)!;
}

/** As `byId`, of a class that the caller names. */
export function byIdAs<Type extends HTMLElement>(id: string, type: new () => Type): Type {
  const found = byId(id);
  if (found instanceof type) return found;
  throw new TypeError(`#${id} must be a ${type.name}`);
}

/** Sets a text only where it differs: a live region speaks again at every write. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Calls `render` only when what it depends on has changed: identity decides. */
export function whenChanged<State>(
  pick: (state: State) => readonly unknown[],
  render: (state: State) => void,
): (state: State) => void {
  let last: readonly unknown[] | undefined;
  return (state) => {
    const now = pick(state);
    if (last?.every((value, i) => Object.is(value, now[i])) === true) return;
    last = now;
    render(state);
  };
}
