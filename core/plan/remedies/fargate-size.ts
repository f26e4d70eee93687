/**
 * The task sizes that Fargate accepts: CPU units with the memory range in MiB and its step.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
 */
const sizes: readonly { cpu: number; from: number; to: number; step: number }[] = [
  { cpu: 256, from: 512, to: 2_048, step: 512 },
  { cpu: 512, from: 1_024, to: 4_096, step: 1_024 },
  { cpu: 1_024, from: 2_048, to: 8_192, step: 1_024 },
  { cpu: 2_048, from: 4_096, to: 16_384, step: 1_024 },
  { cpu: 4_096, from: 8_192, to: 30_720, step: 1_024 },
  { cpu: 8_192, from: 16_384, to: 61_440, step: 4_096 },
  { cpu: 16_384, from: 32_768, to: 122_880, step: 8_192 },
];

/** The smallest size with at least that much of both; null when there is none. 256 CPU units take 512, 1024 or 2048 MiB. */
export function nextFargateSize(cpu: number, memoryMiB: number): { cpu: number; memoryMiB: number } | null {
  for (const size of sizes) {
    if (size.cpu < cpu || size.to < memoryMiB) continue;
    const memory = Math.max(size.from, size.from + Math.ceil((memoryMiB - size.from) / size.step) * size.step);
    if (size.cpu === 256 && memory === 1_536) return { cpu: 256, memoryMiB: 2_048 };
    if (memory <= size.to) return { cpu: size.cpu, memoryMiB: memory };
  }
  return null;
}
