import type { RowPicking } from '../src/protocol/workbench';
import { usePage, usePageState } from './context';
import { useLinkedRows } from './figures/linked';
import { plural } from './format';
import { withShared } from './parameters';

/** Rows that were picked in a scatter, and what can be done with them. */
export function PickBar({ picking }: { picking: RowPicking }) {
  const { request, catalogue } = usePageState();
  const { session } = usePage();
  const { picked, pick } = useLinkedRows();
  const use = () => {
    const rows = [...picked].sort((a, b) => a - b).join(',');
    session.change({ methods: withShared(request.methods, catalogue, { ...picking.set, [picking.rows]: rows }) });
  };
  return (
    <div class="bar pick-bar">
      <span class="caption" aria-live="polite">
        {picked.length === 0
          ? 'Draw a line around points of a scatter to pick rows, or click single ones.'
          : `${plural(picked.length, 'row')} picked.`}
      </span>
      {picked.length > 0 && (
        <>
          <button type="button" class="secondary" onClick={use}>
            {picking.title}
          </button>
          <button type="button" class="quiet" onClick={() => pick?.([])}>
            Pick none
          </button>
        </>
      )}
    </div>
  );
}
