/** Mean and population standard deviation (ddof 0) of each column, as sklearn's StandardScaler has them. */
export interface StandardScaler {
  mean: number[];
  /** 1 for a column without spread, so that it scales to 0. */
  scale: number[];
}

export function fitStandardScaler(rows: readonly (readonly number[])[]): StandardScaler {
  const columns = rows[0]?.length ?? 0;
  const mean: number[] = [];
  const scale: number[] = [];
  for (let column = 0; column < columns; column++) {
    const centre = rows.reduce((sum, row) => sum + (row[column] ?? 0), 0) / rows.length;
    const variance = rows.reduce((sum, row) => sum + ((row[column] ?? 0) - centre) ** 2, 0) / rows.length;
    mean.push(centre);
    scale.push(Math.sqrt(variance) > Number.EPSILON * 10 * Math.abs(centre) ? Math.sqrt(variance) : 1);
  }
  return { mean, scale };
}

export function standardise(scaler: StandardScaler, row: readonly number[]): number[] {
  return row.map((value, column) => (value - (scaler.mean[column] ?? 0)) / (scaler.scale[column] ?? 1));
}
