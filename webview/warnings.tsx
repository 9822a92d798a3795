/** What may make a number mean less than it seems; marked by a sign as well as by colour. */
export function Warnings({
  warnings,
  most = Number.POSITIVE_INFINITY,
}: {
  warnings: readonly string[];
  most?: number;
}) {
  if (warnings.length === 0) return null;
  const rest = warnings.slice(most);
  return (
    <div class="warnings">
      <List warnings={warnings.slice(0, most)} />
      {rest.length > 0 && (
        <details>
          <summary>
            {rest.length} more {rest.length === 1 ? 'warning' : 'warnings'}
          </summary>
          <List warnings={rest} />
        </details>
      )}
    </div>
  );
}

function List({ warnings }: { warnings: readonly string[] }) {
  return (
    <ul>
      {warnings.map((warning) => (
        <li key={warning}>
          <WarningSign />
          <span>{warning}</span>
        </li>
      ))}
    </ul>
  );
}

export function WarningSign() {
  return (
    <svg class="warning-sign" width="14" height="14" viewBox="0 0 16 16" role="img" aria-label="Warning">
      <path d="M8 1.8L15 14.2H1z" fill="none" stroke="currentColor" stroke-width="1.3" stroke-linejoin="round" />
      <path d="M8 6v4.2" stroke="currentColor" stroke-width="1.4" />
      <circle cx="8" cy="12.1" r="0.9" fill="currentColor" />
    </svg>
  );
}
