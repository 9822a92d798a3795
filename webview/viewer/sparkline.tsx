const width = 64;
const height = 14;

/** Counts in equal bins, drawn as bars: the shape of a column's values at one glance. */
export function Sparkline({ bins }: { bins: readonly number[] }) {
  const most = Math.max(...bins);
  if (!(most > 0)) return null;
  const step = width / bins.length;
  return (
    <svg class="sparkline" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {bins.map((count, i) => {
        const tall = count === 0 ? 0 : Math.max(1, (count / most) * (height - 1));
        return <rect key={i} x={i * step} y={height - 1 - tall} width={Math.max(1, step - 1)} height={tall} />;
      })}
      <path d={`M0 ${height - 0.5}H${width}`} />
    </svg>
  );
}
