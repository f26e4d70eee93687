import { onsetDetector } from '../core/analyze/detect/onset.ts';
const m = await import('/tmp/det/nab.mjs' as string);
const o = JSON.parse(process.argv[2] ?? '{}');
const t0 = Date.now(); let rows = 0;
const files = m.score((t: number[], v: number[]) => { const d = onsetDetector(o); let s = d.init(); rows += t.length; return Float64Array.from(t, (at, i) => { const j = d.step(s, { at, value: v[i] ?? NaN }); s = j.state; return j.score; }); });
console.log(rows / ((Date.now() - t0) / 1000), 'rows/s');
m.report(files, process.argv[3] === '-v'); console.log(JSON.stringify(m.logo(files)));
const { evaluate } = await import('/work/shared/detection/nab-score.mjs' as string);
for (const th of [0.44,.46, 0.48, 0.5, 0.51, 0.52]) { const r = evaluate(files, { standard: th, reward_low_FP_rate: th, reward_low_FN_rate: th }); console.log(th, r.standard.score.toFixed(2), r.reward_low_FP_rate.score.toFixed(2), r.reward_low_FN_rate.score.toFixed(2), r.standard.fp); }
