import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { ParameterProperty, ParameterSchema } from '../src/protocol/catalogue';
import { usePage, usePageState } from './context';
import { useLinkedRows } from './figures/linked';
import { plural } from './format';
import { fieldText, type ParameterChange, parseParameter, rangeText, slicesOf, withParameter } from './parameters';
import type { Row } from './rows';
import { checkedOf, textOf } from './ui';

/** Typing pauses this long before the method runs again, in milliseconds. */
const pause = 500;

/** A field for each parameter of a method, or some of them, made from its schema; a change runs the method again. */
export function ParameterForm({ row, keys }: { row: Row; keys?: readonly string[] }) {
  const { session } = usePage();
  const { choice, index, method } = row;
  if (!method) return null;
  return (
    <Fields
      schema={method.parameters}
      keys={keys}
      parameters={choice.parameters}
      onChange={(change) => session.setParameters((_, i) => i === index, change)}
    />
  );
}

interface FieldsProps {
  readonly schema: ParameterSchema;
  /** Some of the parameters; absent: all. */
  readonly keys?: readonly string[] | undefined;
  /** Those that differ from the defaults. */
  readonly parameters: Readonly<Record<string, unknown>> | undefined;
  /** A field that was changed a moment ago may be about to change them too. */
  onChange(change: ParameterChange): void;
}

/** A field for each parameter of a schema. */
export function Fields({ schema, keys, parameters, onChange }: FieldsProps) {
  const properties = Object.entries(schema.properties).filter(([key]) => keys?.includes(key) ?? true);
  const [restored, setRestored] = useState(0);
  if (properties.length === 0) return null;
  return (
    <form class="parameters" onSubmit={(event) => event.preventDefault()}>
      {properties.map(([key, property]) => (
        <Field
          key={`${key} ${restored}`}
          name={property.title ?? key}
          property={property}
          value={parameters?.[key] ?? property.default}
          onValue={(value) => onChange((now) => withParameter(schema, now, key, value))}
        />
      ))}
      {parameters && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            onChange(() => undefined);
            setRestored(restored + 1);
          }}
        >
          Restore defaults
        </button>
      )}
    </form>
  );
}

/** A field for each parameter that several methods share, as the first that has it describes it; it is set in all of them. */
export function SharedForm({ keys }: { keys: readonly string[] }) {
  const { request, catalogue } = usePageState();
  const { session } = usePage();
  /** What a field means has been read: it is out of the way until another is entered. */
  const [read, setRead] = useState(false);
  const fields = keys.flatMap((key) => {
    const choice = request.methods.find(({ method }) => catalogue.get(method)?.parameters.properties[key]);
    const property = choice && catalogue.get(choice.method)?.parameters.properties[key];
    return property ? [{ key, property, value: choice.parameters?.[key] ?? property.default }] : [];
  });
  return (
    <form
      class="shared"
      data-read={read || undefined}
      onFocusIn={() => setRead(false)}
      onKeyDown={({ key }) => key === 'Escape' && setRead(true)}
      onSubmit={(event) => event.preventDefault()}
    >
      {fields.map(({ key, property, value }) => (
        <Field
          key={key}
          name={property.title ?? key}
          property={property}
          value={value}
          onValue={(next) => {
            setRead(true);
            session.setShared({ [key]: next });
          }}
        />
      ))}
    </form>
  );
}

interface FieldProps {
  readonly name: string;
  readonly property: ParameterProperty;
  readonly value: unknown;
  onValue(value: unknown): void;
}

function Field({ name, property, value, onValue }: FieldProps) {
  const id = useId();
  /** What is typed, until the field is left: drawing the field anew must not write over it. */
  const [draft, setDraft] = useState<string | null>(null);
  const { picked } = useLinkedRows();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const label = { 'aria-label': name, 'aria-description': property.description };
  useEffect(() => () => clearTimeout(timer.current), []);
  const parsed = draft === null ? { value } : parseParameter(property, draft);
  const take = (text: string) => {
    clearTimeout(timer.current);
    const parsed = parseParameter(property, text);
    if ('value' in parsed && fieldText(parsed.value) !== fieldText(value)) onValue(parsed.value);
  };
  const type = (text: string) => {
    setDraft(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => take(text), pause);
  };
  const leave = () => {
    if (draft === null) return;
    take(draft);
    if ('value' in parsed) setDraft(null);
  };
  if (property.type === 'boolean') {
    return (
      <div class="field">
        <vscode-checkbox {...label} checked={value === true} onChange={(event) => take(String(checkedOf(event)))}>
          {name}
        </vscode-checkbox>
        <p class="caption">{property.description}</p>
      </div>
    );
  }
  const range = rangeText(property);
  return (
    <div class="field">
      <span class="label" id={id}>
        {name}
        {range && <span class="range"> {range}</span>}
      </span>
      {property.enum ? (
        <vscode-dropdown {...label} value={fieldText(value)} onChange={(event) => take(textOf(event))}>
          {property.enum.map((option) => (
            <vscode-option key={option} value={option} selected={option === value}>
              {option}
            </vscode-option>
          ))}
        </vscode-dropdown>
      ) : (
        <vscode-text-field
          {...label}
          // Entering the document it names itself "Text field".
          ref={(element) => element?.setAttribute('aria-label', name)}
          value={draft ?? fieldText(value)}
          onInput={(event) => type(textOf(event))}
          onBlur={leave}
        />
      )}
      {property.rows && picked.size > 0 && (
        <button
          type="button"
          class="quiet"
          aria-label={`${name}: the selected rows`}
          onClick={() => {
            take(slicesOf(picked));
            setDraft(null);
          }}
        >
          The {plural(picked.size, 'selected row')}
        </button>
      )}
      {'problem' in parsed && (
        <p class="problem" role="alert">
          {parsed.problem}
        </p>
      )}
      <p class="caption">{property.description}</p>
    </div>
  );
}
