/** Room for text that is on its way. */
export function Skeleton() {
  return (
    <div class="skeleton" aria-hidden="true">
      <span />
      <span />
    </div>
  );
}
