/** Text that stands for itself inside markup. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter] ?? letter);
}

type Attributes = Record<string, string | number>;

/** One element; `children` is markup already. */
export function element(name: string, attributes: Attributes, children = ''): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeText(value)}"`,
  );
  return `<${name}${written.join('')}>${children}</${name}>`;
}

/** A tenth of a pixel is enough, and keeps pages small. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function titled(name: string, attributes: Attributes, title: string): string {
  return element(name, attributes, `<title>${escapeText(title)}</title>`);
}
