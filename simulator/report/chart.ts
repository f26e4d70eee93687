import type { MinuteOfTraffic } from '../world/world.ts';
import { element, escapeText, titled } from './markup.ts';
import type { Mark, Stretch } from './story.ts';

const labelWidth = 210;
const plotWidth = 900;
const rowHeight = 18;
const trafficHeight = 90;
const ticksAbout = 10;

/** The time that a chart shows; `startedAt` is minute 0 of its axis. */
export interface Span {
  from: number;
  to: number;
  startedAt: number;
}

function x(span: Span, at: number): number {
  const share = (at - span.from) / (span.to - span.from);
  return labelWidth + plotWidth * Math.min(1, Math.max(0, share));
}

/** Sections below one another that share one axis of minutes. */
export class Chart {
  readonly #span: Span;
  readonly #parts: string[] = [];
  #y = 24;

  constructor(span: Span) {
    this.#span = span;
  }

  heading(text: string): this {
    this.#y += 14;
    this.#parts.push(element('text', { x: 0, y: this.#y, class: 'heading' }, escapeText(text)));
    this.#y += 8;
    return this;
  }

  /** One row per name, its stretches as bars and its marks as dots. */
  rows(stretches: readonly Stretch[], marks: readonly Mark[] = []): this {
    const shown = stretches.filter((each) => each.from < this.#span.to && (each.to ?? this.#span.to) >= this.#span.from);
    const near = marks.filter((each) => each.at >= this.#span.from && each.at <= this.#span.to);
    const names = [...new Set([...shown, ...near].map((each) => each.row))];
    if (names.length === 0) this.#note('nothing');
    for (const name of names) {
      this.#label(name);
      for (const each of shown) if (each.row === name) this.#bar(each);
      for (const each of near) if (each.row === name) this.#dot(each);
      this.#words(shown.filter((each) => each.row === name));
      this.#y += rowHeight;
    }
    return this;
  }

  /** Requests a second by region as stacked areas, and the share that fails as a line over them. */
  traffic(minutes: readonly MinuteOfTraffic[], regions: readonly string[]): this {
    const shown = upToTheEdges(minutes, this.#span);
    const top = Math.max(1, ...shown.map((each) => regions.reduce((sum, region) => sum + (each.perSecond[region] ?? 0), 0)));
    const bottom = this.#y + trafficHeight;
    let below = shown.map(() => 0);
    for (const [index, region] of regions.entries()) {
      const above = shown.map((each, at) => (below[at] ?? 0) + (each.perSecond[region] ?? 0));
      const edge = (values: readonly number[]) =>
        shown.map((each, at) => point(x(this.#span, each.at), bottom - ((values[at] ?? 0) / top) * trafficHeight));
      this.#parts.push(
        titled('polygon', { points: [...edge(above), ...edge(below).reverse()].join(' '), class: `region region-${index % 6}` }, region),
      );
      below = above;
    }
    const failing = shown.map((each) => point(x(this.#span, each.at), bottom - each.failedShare * trafficHeight));
    this.#parts.push(titled('polyline', { points: failing.join(' '), class: 'failing' }, 'share of the requests that fail, 0 to 100 %'));
    this.#parts.push(element('text', { x: 0, y: this.#y + 12, class: 'label' }, escapeText(`${Math.round(top)} requests/s`)));
    this.#y = bottom + 8;
    return this;
  }

  svg(): string {
    const height = this.#y + 20;
    const width = labelWidth + plotWidth + 20;
    return element('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img' }, this.#axis(height) + this.#parts.join(''));
  }

  #axis(height: number): string {
    const minutes = (this.#span.to - this.#span.from) / 60_000;
    const step = niceStep(minutes / ticksAbout);
    const first = Math.ceil((this.#span.from - this.#span.startedAt) / 60_000 / step) * step;
    const lines: string[] = [];
    for (let minute = first; this.#span.startedAt + minute * 60_000 <= this.#span.to; minute += step) {
      const at = x(this.#span, this.#span.startedAt + minute * 60_000);
      lines.push(
        element('line', { x1: at, x2: at, y1: 16, y2: height, class: 'grid' }),
        element('text', { x: at, y: 12, class: 'tick' }, `${minute} min`),
      );
    }
    return lines.join('');
  }

  #label(name: string): void {
    const shown = name.length > 34 ? `${name.slice(0, 33)}…` : name;
    this.#parts.push(element('text', { x: 0, y: this.#y + 12, class: 'label' }, `${escapeText(shown)}<title>${escapeText(name)}</title>`));
  }

  #note(text: string): void {
    this.#parts.push(element('text', { x: labelWidth, y: this.#y + 12, class: 'label' }, escapeText(text)));
    this.#y += rowHeight;
  }

  #bar({ from, to, look, title }: Stretch): void {
    const left = x(this.#span, from);
    const width = Math.max(2, x(this.#span, to ?? this.#span.to) - left);
    this.#parts.push(titled('rect', { x: left, y: this.#y + 2, width, height: rowHeight - 5, rx: 2, class: `bar ${look}` }, title));
  }

  /** What the bars of a row came to, behind the last one; before the first where there is no room. */
  #words(stretches: readonly Stretch[]): void {
    const words = stretches.flatMap(({ word }) => (word === undefined ? [] : [word])).join(', ');
    const [first] = stretches;
    if (words === '' || first === undefined) return;
    const right = x(this.#span, Math.max(...stretches.map(({ to }) => to ?? this.#span.to)));
    const fits = right < labelWidth + plotWidth * 0.75;
    const place = fits ? { x: right + 5 } : { x: x(this.#span, first.from) - 5, 'text-anchor': 'end' };
    this.#parts.push(element('text', { ...place, y: this.#y + 12, class: 'word' }, escapeText(words)));
  }

  #dot({ at, look, title }: Mark): void {
    this.#parts.push(titled('circle', { cx: x(this.#span, at), cy: this.#y + rowHeight / 2, r: 4.5, class: `mark ${look}` }, title));
  }
}

/** A minute is told at its end: the one before the first stands for its beginning, and one goes past the end. */
function upToTheEdges(minutes: readonly MinuteOfTraffic[], { from, to }: Span): MinuteOfTraffic[] {
  const shown = minutes.filter(({ at }) => at > from - 60_000 && at < to + 60_000);
  const [first] = shown;
  return first === undefined || first.at <= from ? shown : [{ ...first, at: first.at - 60_000 }, ...shown];
}

function point(left: number, top: number): string {
  return `${Math.round(left * 10) / 10},${Math.round(top * 10) / 10}`;
}

/** The next of 1, 2, 5 × a power of ten. */
function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(atLeast, 0.1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= atLeast) ?? 10 * power;
}
