import { InvalidArgumentError } from 'commander';

/** Reads an option that counts, and refuses what is below `least`: nothing that was run must not look like all of it passing. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`${JSON.stringify(text)} is not a whole number of ${least} or more.`);
    return value;
  };
