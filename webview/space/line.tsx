import { useState } from 'preact/hooks';
import { textOf } from '../ui';

interface LineProps {
  readonly title: string;
  /** In sight when something is typed as well. */
  readonly caption?: string;
  readonly example: string;
  readonly initial?: string;
  onLine(text: string): void;
}

/** A line of text that is taken with Enter. */
export function Line({ title, caption, example, initial = '', onLine }: LineProps) {
  const [text, setText] = useState(initial);
  return (
    <form
      class="control wide"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== '') onLine(text.trim());
      }}
    >
      {caption && <span class="caption">{caption}</span>}
      <vscode-text-field
        aria-label={title}
        // Entering the document it names itself "Text field".
        ref={(element) => element?.setAttribute('aria-label', title)}
        placeholder={example}
        title={title}
        value={text}
        onInput={(event) => setText(textOf(event))}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && text.trim() !== '') onLine(text.trim());
        }}
      />
    </form>
  );
}
