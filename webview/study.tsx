import { useState } from 'preact/hooks';
import type { LabelSpec } from '../src/protocol/result';
import type { GroupSpec, StudyChoice, StudySection } from '../src/protocol/study';
import { usePage, usePageState } from './context';
import { DataTable } from './data-table';
import { FigureView } from './figures/figure';
import { baseName, full, number, plural, probability } from './format';
import { studyJob } from './jobs';
import { Menu } from './menu';
import { Progress } from './progress';
import { stageOf } from './rows';
import { Skeleton } from './skeleton';
import { textOf } from './ui';
import { Warnings } from './warnings';

/** The files as runs: what the measure of the map says of them. */
export function StudyView() {
  const state = usePageState();
  const { session } = usePage();
  const { request, catalogue, studies } = state;
  const job = studyJob(request, catalogue);
  const study = studies.get(job?.key ?? '');
  const measure = catalogue.get(request.overview?.method ?? '')?.title ?? 'the measure of all pairs';
  return (
    <section class="study" aria-labelledby="study-heading">
      <div class="bar">
        <h2 id="study-heading" tabIndex={-1}>
          Study of runs
        </h2>
        <Groups choice={request.study ?? {}} />
        <Scores choice={request.study ?? {}} />
        <button type="button" class="quiet" onClick={() => session.setStudy(null)}>
          Close
        </button>
      </div>
      {!study && job && <Progress stage={stageOf(state, job.key)} jobKey={job.key} what="Study of runs" />}
      {study && (
        <>
          <p class="caption">
            {plural(study.runs.length, 'run')}: {study.runs.map(runText).join('; ')}. By {measure}, as all pairs.
            {study.steps.length > 0 && ` What was done: ${study.steps.join('; ')}.`}
          </p>
          <Warnings warnings={study.warnings} most={2} />
          {study.sections.map((section) => (
            <Section key={section.id} section={section} />
          ))}
        </>
      )}
    </section>
  );
}

/** What the study says, a line for each question that has an answer, before any pair of its layers. */
export function StudyAnswers() {
  const state = usePageState();
  const { request, catalogue, studies } = state;
  const job = studyJob(request, catalogue);
  const study = studies.get(job?.key ?? '');
  // Why there are none is said where the study stands.
  if (!job || (!study && stageOf(state, job.key).kind === 'failed')) return null;
  return (
    <section class="answers" aria-labelledby="answers-heading">
      <h2 id="answers-heading">{study ? `What ${plural(study.runs.length, 'run')} say` : 'What the runs say'}</h2>
      {study ? (
        <ul>
          {study.sections.map(
            ({ id, title, reading }) =>
              reading !== null && (
                <li key={id}>
                  <button type="button" class="quiet" onClick={() => goTo(questionId(id))}>
                    {title}
                  </button>
                  <p class="reading">{reading}</p>
                </li>
              ),
          )}
        </ul>
      ) : (
        <Skeleton />
      )}
    </section>
  );
}

const questionId = (section: string) => `question-${section}`;

function goTo(id: string): void {
  const heading = document.getElementById(id);
  heading?.scrollIntoView();
  heading?.focus({ preventScroll: true });
}

function runText({
  name,
  layers,
  group,
  score,
}: {
  name: string;
  layers: readonly string[];
  group: string | null;
  score: number | null;
}) {
  const told = [
    plural(layers.length, 'layer'),
    ...(group === null ? [] : [group]),
    ...(score === null ? [] : [number(score)]),
  ];
  return `${name} (${told.join(', ')})`;
}

/** The choice without one of its parts, or with another. */
function changed<K extends keyof StudyChoice>(choice: StudyChoice, key: K, value: StudyChoice[K] | null): StudyChoice {
  const { [key]: _, ...rest } = choice;
  return value === null ? rest : { ...rest, [key]: value };
}

function columnName({ path, column, tensor }: LabelSpec): string {
  return [baseName(path), column ?? tensor ?? ''].join(' ').trim();
}

function groupsName(groups: GroupSpec | undefined): string {
  if (!groups) return 'none';
  return 'table' in groups ? columnName(groups.table) : `by file name, ${groups.pattern}`;
}

function Groups({ choice }: { choice: StudyChoice }) {
  const { session, host } = usePage();
  const { groups } = choice;
  /** What is typed, until it is taken: drawing the field anew must not write over it. */
  const [draft, setDraft] = useState<string | null>(null);
  const take = (spec: GroupSpec | null) => session.setStudy(changed(choice, 'groups', spec));
  const pick = () => {
    host.pickRunColumn({ what: 'groups' }).then(
      (table) => table && take({ table }),
      (error: unknown) => session.report(error),
    );
  };
  const items = [
    { title: 'From a table…', run: pick },
    ...(groups ? [{ title: 'No groups', run: () => take(null) }] : []),
  ];
  return (
    <>
      <Menu title={`Groups: ${groupsName(groups)}`} items={items} />
      <vscode-text-field
        placeholder="Groups by file name, as ^[a-z]+"
        // Entering the document it names itself "Text field".
        ref={(element) => element?.setAttribute('aria-label', 'Groups by file name, a regular expression')}
        value={draft ?? (groups && 'pattern' in groups ? groups.pattern : '')}
        onInput={(event) => setDraft(textOf(event))}
        onChange={(event) => {
          setDraft(null);
          const pattern = textOf(event).trim();
          if (pattern !== '') take({ pattern });
          else if (groups && 'pattern' in groups) take(null);
        }}
      />
    </>
  );
}

function Scores({ choice }: { choice: StudyChoice }) {
  const { session, host } = usePage();
  const { scores } = choice;
  const take = (spec: LabelSpec | null) => session.setStudy(changed(choice, 'scores', spec));
  const pick = () => {
    host.pickRunColumn({ what: 'scores' }).then(
      (column) => column && take(column),
      (error: unknown) => session.report(error),
    );
  };
  const items = [
    { title: 'From a table…', run: pick },
    ...(scores ? [{ title: 'No scores', run: () => take(null) }] : []),
  ];
  return <Menu title={`Scores: ${scores ? columnName(scores) : 'none'}`} items={items} />;
}

function Section({ section }: { section: StudySection }) {
  const { id, title, about, missing, reading, warnings, figures, tables } = section;
  const heading = questionId(id);
  return (
    <section class="question" aria-labelledby={heading}>
      <h3 id={heading} tabIndex={-1}>
        {title}
      </h3>
      <p class="caption">{missing ?? about}</p>
      {missing === null && (
        <>
          {reading !== null && <p class="reading">{reading}</p>}
          {Object.keys(section.values).length > 0 && <Values section={section} />}
          <Warnings warnings={warnings} most={3} />
          {figures.length > 0 && (
            <div class="figures">
              {figures.map((figure) => (
                <FigureView key={figure.id} figure={figure} name={`study-${id}`} />
              ))}
            </div>
          )}
          {Object.keys(tables).length > 0 && (
            <details>
              <summary>Tables</summary>
              {Object.entries(tables).map(([name, table]) => (
                <DataTable key={name} table={table} name={`study-${id}-${name}`} />
              ))}
            </details>
          )}
        </>
      )}
    </section>
  );
}

function Values({ section: { values, titles, chance } }: { section: StudySection }) {
  return (
    <table class="values">
      <thead>
        <tr>
          <th scope="col">Value</th>
          <th scope="col" class="number">
            Number
          </th>
          <th scope="col" class="number">
            Chance
          </th>
          <th scope="col" class="number">
            p
          </th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(values).map(([key, value]) => (
          <tr key={key}>
            <th scope="row">{titles[key] ?? key}</th>
            <td class="number" title={full(value)}>
              {number(value)}
            </td>
            <td class="number" title={chance[key]?.how}>
              {number(chance[key]?.level)}
            </td>
            <td class="number">{probability(chance[key]?.p)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
