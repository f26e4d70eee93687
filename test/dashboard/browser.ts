import { readFileSync } from 'node:fs';
import { createContext, Script } from 'node:vm';

/** As much of an element as the page uses. */
class Element {
  className = '';
  title = '';
  type = '';
  content = 'token';
  readonly children: (Element | string)[] = [];
  readonly attributes = new Map<string, string>();
  readonly listeners = new Map<string, () => void>();
  readonly tag: string;

  constructor(tag: string) {
    this.tag = tag;
  }

  append(...children: (Element | string)[]): void {
    this.children.push(...children);
  }

  replaceChildren(...children: (Element | string)[]): void {
    this.children.splice(0, this.children.length, ...children);
  }

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }

  addEventListener(name: string, listener: () => void): void {
    this.listeners.set(name, listener);
  }

  set textContent(text: string) {
    this.replaceChildren(text);
  }

  get textContent(): string {
    return this.children.map((child) => (typeof child === 'string' ? child : child.textContent)).join(' ');
  }

  /** All elements below with this tag. */
  all(tag: string): Element[] {
    return this.children.flatMap((child) => (typeof child === 'string' ? [] : [...(child.tag === tag ? [child] : []), ...child.all(tag)]));
  }
}

export interface Opened {
  byId(id: string): Element;
  /** What the stream brings. */
  send(event: string, data?: unknown): void;
  /** What the page posted. */
  posted: { url: string; init: { headers: Record<string, string>; body: string } }[];
}

/** Runs dashboard/page.js against a document of its own; a real browser is not needed to see what it shows. */
export function openPage(answer: { ok: boolean; body: unknown } = { ok: true, body: { said: 'done' } }): Opened {
  const elements = new Map<string, Element>();
  const byId = (id: string): Element => {
    const known = elements.get(id) ?? new Element(id);
    elements.set(id, known);
    return known;
  };
  const listeners = new Map<string, (event: { data: string }) => void>();
  const posted: Opened['posted'] = [];
  const context = createContext({
    document: { getElementById: byId, createElement: (tag: string) => new Element(tag), querySelector: () => new Element('meta') },
    EventSource: class {
      addEventListener(name: string, listener: (event: { data: string }) => void): void {
        listeners.set(name, listener);
      }
    },
    fetch: async (url: string, init: Opened['posted'][number]['init']) => {
      posted.push({ url, init });
      return { ok: answer.ok, json: async () => answer.body };
    },
  });
  new Script(readFileSync(new URL('../../dashboard/page.js', import.meta.url), 'utf8')).runInContext(context);
  return { byId, posted, send: (event, data) => listeners.get(event)?.({ data: JSON.stringify(data) }) };
}
