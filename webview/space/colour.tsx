import { useEffect, useState } from 'preact/hooks';
import { isFileColour } from '../../src/protocol/document';
import { messageOf } from '../../src/protocol/errors';
import { usePage, usePageState } from '../context';
import { useLinkedRows } from '../figures/linked';
import { baseName, plural } from '../format';
import { ValueChooser } from './chooser';
import { type Colours, firstOf, type PointSizing, useColumns } from './colours';
import { Line } from './line';

interface ColourBarProps {
  readonly colours: Colours;
  readonly sizing: PointSizing;
  readonly two: boolean;
}

/** By what the points are coloured and sized, and which of them are selected by SQL over the same table. */
export function ColourBar({ colours, sizing, two }: ColourBarProps) {
  const { labels, methods, sizeSpread } = usePageState().request;
  const { session } = usePage();
  const added = (method: string | undefined) => method !== undefined && { methods: [...methods, { method }] };
  const file = isFileColour(colours.choice) ? colours.choice : labels;
  const table = useColumns(file?.path).length > 0 ? file?.path : undefined;
  return (
    <>
      <ValueChooser
        {...{ two, ...colours }}
        title="Colour"
        none="Nothing"
        table={labels}
        onChoice={(colour, method) => session.setColour({ colour, ...added(method) })}
      />
      <ValueChooser
        {...{ two, ...sizing }}
        title="Size"
        none="All alike"
        table={file}
        numbers
        onChoice={(size, method) =>
          session.change({ size, ...(sizeSpread && { sizeSpread: 'even' }), ...added(method) })
        }
      />
      {table && <Query path={table} />}
    </>
  );
}

/** Picks the rows for which a condition over the table holds. */
function Query({ path }: { path: string }) {
  const { request } = usePageState();
  const { host } = usePage();
  const { pick } = useLinkedRows();
  const [said, setSaid] = useState('');
  const input = request.inputs[0];
  useEffect(() => setSaid(''), [path]);
  const select = async (condition: string) => {
    try {
      const expression = `CASE WHEN (\n${condition}\n) THEN 'yes' ELSE 'no' END`;
      const { labels } = await host.rowValues({ values: { path, expression }, ...(input && { input }) });
      const yes = labels.kind === 'category' ? labels.categories.indexOf('yes') : -1;
      const rows =
        labels.kind === 'category' ? [...labels.index.keys()].filter((i) => labels.index[i] === yes && yes >= 0) : [];
      const first = labels.kind === 'category' && input ? firstOf(labels.index.length, input) : null;
      pick?.(new Set(rows.map((row) => row + (first ?? 0))));
      setSaid(`${plural(rows.length, 'row')}.`);
    } catch (error) {
      setSaid(messageOf(error));
    }
  };
  return (
    <>
      <Line
        title={`Select rows of ${baseName(path)} where (SQL)`}
        caption="Rows where (SQL)"
        example="count > 100"
        onLine={(text) => void select(text)}
      />
      <span class="caption" role="status">
        {said}
      </span>
    </>
  );
}
