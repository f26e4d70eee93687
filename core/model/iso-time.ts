const dayMs = 86_400_000;

const two = (figure: number): string => String(figure).padStart(2, '0');

/**
 * Epoch milliseconds as a person reads them: UTC to the second, ISO 8601. The date is counted as in Howard Hinnant's civil_from_days, since
 * the core has no Date: years begin in March, so that the leap day is the last.
 */
export function isoTime(ms: number): string {
  const day = Math.floor(ms / dayMs) + 719_468;
  const era = Math.floor(day / 146_097);
  const dayOfEra = day - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const date = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const seconds = Math.floor((ms - Math.floor(ms / dayMs) * dayMs) / 1000);
  const time = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':');
  return `${year}-${two(month)}-${two(date)}T${time}Z`;
}
