/** CPU units and the memory (MiB) that Fargate allows with them. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html */
const sizes: readonly { cpu: number; memoryMiB: readonly number[] }[] = [
  { cpu: 256, memoryMiB: [512, 1024, 2048] },
  { cpu: 512, memoryMiB: steps(1024, 4096, 1024) },
  { cpu: 1024, memoryMiB: steps(2048, 8192, 1024) },
  { cpu: 2048, memoryMiB: steps(4096, 16384, 1024) },
  { cpu: 4096, memoryMiB: steps(8192, 30720, 1024) },
  { cpu: 8192, memoryMiB: steps(16384, 61440, 4096) },
  { cpu: 16384, memoryMiB: steps(32768, 122880, 8192) },
];

export interface TaskSize {
  cpu: number;
  memoryMiB: number;
}

/** The smallest size that Fargate runs and that has at least what is asked; null when there is none. */
export function fargateSizeFor(asked: TaskSize): TaskSize | null {
  for (const { cpu, memoryMiB } of sizes) {
    const memory = memoryMiB.find((mebibytes) => mebibytes >= asked.memoryMiB);
    if (cpu >= asked.cpu && memory !== undefined) return { cpu, memoryMiB: memory };
  }
  return null;
}

function steps(from: number, to: number, by: number): number[] {
  return Array.from({ length: (to - from) / by + 1 }, (_, index) => from + index * by);
}
