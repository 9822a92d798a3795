import { anchorSetOf, formatAnchorSet } from '../src/protocol/anchors';
import type { RowPicking } from '../src/protocol/workbench';
import { exportText, usePage, usePageState } from './context';
import { useLinkedRows } from './figures/linked';
import { plural } from './format';
import { rowsOf } from './rows';

const ending = '.anchors.json';

/** Rows that were picked in a scatter and what can be done with them; sets of rows in files. */
export function PickBar({ picking }: { picking: RowPicking }) {
  const state = usePageState();
  const page = usePage();
  const { session, host } = page;
  const { picked, pick } = useLinkedRows();
  const [set] = rowsOf(state).flatMap(({ result }) => (result && anchorSetOf(result)) ?? []);
  const use = () => {
    const rows = [...picked].sort((a, b) => a - b).join(',');
    session.setShared({ ...picking.set, [picking.rows]: rows });
  };
  const open = async () => {
    try {
      const file = await host.pickFile({ title: 'Anchor set', ending });
      if (file) session.setShared({ ...picking.setFile, [picking.file]: file.path });
    } catch (error) {
      session.report(error);
    }
  };
  const byColumn = async () => {
    try {
      const spec = await host.pickLabels();
      if (!spec) return;
      const name = spec.column ?? spec.tensor ?? '';
      session.setShared({ ...picking.setColumn, [picking.columnFile]: spec.path, [picking.column]: name });
    } catch (error) {
      session.report(error);
    }
  };
  return (
    <div class="bar pick-bar">
      <span class="caption" aria-live="polite">
        {picked.size === 0
          ? 'Draw a line around points of a scatter to pick rows, or click single ones.'
          : `${plural(picked.size, 'row')} picked.`}
      </span>
      {picked.size > 0 && (
        <>
          <button type="button" class="secondary" onClick={use}>
            {picking.title}
          </button>
          <button type="button" class="quiet" onClick={() => pick?.(new Set())}>
            Pick none
          </button>
        </>
      )}
      <button type="button" class="quiet" onClick={() => void byColumn()}>
        {picking.columnTitle}
      </button>
      <button type="button" class="quiet" onClick={() => void open()}>
        Open anchor set…
      </button>
      {set && (
        <button
          type="button"
          class="quiet"
          onClick={() =>
            exportText(page, `${plural(set.rows.length, 'row')}${ending}`.replace(' ', '-'), formatAnchorSet(set))
          }
        >
          Save anchor set…
        </button>
      )}
    </div>
  );
}
