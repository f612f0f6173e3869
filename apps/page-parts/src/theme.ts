/**
 * The colours chosen by the visitor, or by the system: binds the switch of the page, and remembers the choice. `themechange` on the
 * document announces a change. Import it first, so that the page does not flash.
 */
const KEY = 'ttrec-theme';
const choices = ['light', 'auto', 'dark'] as const;
type Theme = (typeof choices)[number];

function show(theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  document.dispatchEvent(new Event('themechange'));
}

/** Storage may be forbidden; the choice then lasts as long as the page. */
function stored(): Theme {
  try {
    return choices.find((choice) => choice === localStorage.getItem(KEY)) ?? 'auto';
  } catch {
    return 'auto';
  }
}

function store(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Nothing to be done, and nothing that the visitor would miss now.
  }
}

const theme = stored();
show(theme);
for (const input of document.querySelectorAll<HTMLInputElement>('input[name="theme"]')) {
  input.checked = input.value === theme;
  input.addEventListener('change', () => {
    show(input.value as Theme);
    store(input.value as Theme);
  });
}
