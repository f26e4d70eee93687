/** Latitude and longitude of AWS regions, to the degree: where their data centres are said to be. */
const places: Record<string, readonly [number, number]> = {
  'us-east-1': [39, -77],
  'us-east-2': [40, -83],
  'us-west-1': [37, -122],
  'us-west-2': [46, -119],
  'ca-central-1': [45, -73],
  'ca-west-1': [51, -114],
  'mx-central-1': [21, -100],
  'sa-east-1': [-23, -47],
  'eu-west-1': [53, -6],
  'eu-west-2': [51, 0],
  'eu-west-3': [49, 2],
  'eu-central-1': [50, 9],
  'eu-central-2': [47, 8],
  'eu-north-1': [59, 18],
  'eu-south-1': [45, 9],
  'eu-south-2': [42, -1],
  'il-central-1': [32, 35],
  'me-south-1': [26, 51],
  'me-central-1': [24, 54],
  'af-south-1': [-34, 18],
  'ap-east-1': [22, 114],
  'ap-south-1': [19, 73],
  'ap-south-2': [17, 78],
  'ap-northeast-1': [36, 140],
  'ap-northeast-2': [37, 127],
  'ap-northeast-3': [35, 136],
  'ap-southeast-1': [1, 104],
  'ap-southeast-2': [-34, 151],
  'ap-southeast-3': [-6, 107],
  'ap-southeast-4': [-38, 145],
};

/** Light in fibre covers about 200 km a millisecond; real paths are half as long again as the great circle. */
const kmPerMs = 200;
const detour = 1.5;
const localMs = 1;
const unknownPlaceMs = 80;

const known = new Map<string, number>();

/** Round trip between two regions, milliseconds. */
export function roundTripMs(from: string, to: string): number {
  if (from === to) return localMs;
  const key = `${from} ${to}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const a = places[from];
  const b = places[to];
  const ms = a === undefined || b === undefined ? unknownPlaceMs : localMs + (2 * greatCircleKm(a, b) * detour) / kmPerMs;
  known.set(key, ms);
  return ms;
}

/** Haversine formula on a sphere of 6371 km. */
function greatCircleKm([latitudeA, longitudeA]: readonly [number, number], [latitudeB, longitudeB]: readonly [number, number]): number {
  const radians = Math.PI / 180;
  const half = (degrees: number) => Math.sin((degrees * radians) / 2) ** 2;
  const h = half(latitudeB - latitudeA) + Math.cos(latitudeA * radians) * Math.cos(latitudeB * radians) * half(longitudeB - longitudeA);
  return 2 * 6371 * Math.asin(Math.sqrt(h));
}
