/** A place in CloudWatch Logs that a person can open: which group, which minutes, which words. */
export interface LogReference {
  region: string;
  logGroup: string;
  from: number;
  to: number;
  /** Only lines that hold this, say an incident's id. */
  contains?: string;
}

/** A link to Logs Insights with the query filled in. The console's own encoding: URL-encoded, with `*` or `$25` for `%`. */
export function logLink(reference: LogReference): string {
  const { region, logGroup, from, to, contains } = reference;
  const filter = contains === undefined ? '' : ` | filter @message like ${JSON.stringify(contains)}`;
  const query = `fields @timestamp, @message${filter} | sort @timestamp asc | limit 1000`;
  const detail = [
    `end~'${starred(new Date(to).toISOString())}`,
    `start~'${starred(new Date(from).toISOString())}`,
    "timeType~'ABSOLUTE",
    `editorString~'${starred(query)}`,
    `source~(~'${starred(logGroup)})`,
  ].join('~');
  const fragment = `logsV2:logs-insights?queryDetail=~(${detail})`;
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#${fragment.replace('?', '$3F').replace('=', '$3D')}`;
}

function starred(text: string): string {
  return encodeURIComponent(text)
    .replaceAll(/['()!~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('*', '%2A')
    .replaceAll('%', '*');
}
