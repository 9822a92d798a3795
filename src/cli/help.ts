import { version } from '../engine/version';
import type { Command } from './arguments';

const data = `flags
  --labels PATH[#column]    one label per row: colours, and names where the table has them
  --set name=value          a parameter of the method; repeat for more, commas between items of a list
  --rows A:B                rows A to B - 1 of every input
  --columns GLOB            columns of a table; otherwise every numeric one
  --query SQL               one SELECT over a table, called data: SELECT * FROM data WHERE split = 'test'
  --seed N                  of the random numbers; default 0`;

const representations = `${data}
  --sample N                compute on N rows, drawn at random by the seed, the same of every input
  --ids COLUMN              pair rows by this column of each input, not by position; or PATH[#column]; once for all inputs,
                            or once for each in order
  --raw TYPE:AxB[@BYTE]     how .bin and .raw files are read: float32:450x64, >int16:1000x8@128 (big-endian, from byte 128)
  --reduce flatten|mean     axes after the second: keep every value (default), or average; of layers also max, first, last
  --provider NAME           of onnxruntime, runs models: cpu (default), cuda, tensorrt, webgpu, coreml, dml, where it has them`;

const pairings = `
  --permutations N          calibrate the value by N random pairings of the rows; --within: within the labels' categories`;

const formulas = `in .csv, text that a spreadsheet would run as a formula (=1+1) has a ' before it`;

const report = `
  --out FILE                write .json, .csv (tables), .svg or .png (figures), .sextant (opens in the editor); where there are
                            several tables or figures, they have their names added: FILE-rows.csv;
                            ${formulas}`;

const running = `
  --json                    one JSON document on standard output
  --quiet                   no progress, no warnings
  --threads N               for products; default 0, one per core
  --memory BYTES            bound for working memory, as 4G; default 1Gi
  --debug                   with an error, where in the program it came from`;

const input = `INPUT is a file, or file#tensor; a glob after # names several (acts.npz#layer*). A table is its numeric columns, or a column
of lists (file#column); * and ? in a file's name stand for several files of one table. MODEL.onnx#LAYER@DATA is a layer of a
model that is run on data (MODEL.onnx@DATA: those that are good to look at); DATA may be name=FILE,name=FILE. Data is numbers,
texts (verses.csv#text, lines.txt), a folder or pattern of images, or of .wav; how they are prepared is read from the model's
folder and changed by --set (see sextant extract --help). Layers are computed once and kept, 4 GB of them at most, in the folder
that SEXTANT_CACHE names (empty: nowhere; not set: sextant in your folder for caches); what was interrupted goes on from there.`;

const pages: Readonly<Record<Command, string>> = {
  inspect: `sextant inspect FILE... [--json] [--raw TYPE:AxB[@BYTE]] [--query SQL]

What is in files: tensors with shape and type, columns of tables; of an ONNX model its inputs, outputs and layers, and which
are good ones to look at. No values are read. --raw says how the bytes of .bin and .raw files are read.`,
  methods: `sextant methods [--kind KIND] [--json]

The catalogue of methods. --json adds parameters as JSON Schema, ranges, invariances and citations.
For one method: sextant run METHOD --help`,
  run: `sextant run METHOD INPUT... [flags]

Runs one method. Its parameters: sextant run METHOD --help

  --bootstrap N             interval over N choices of the rows, drawn with replacement
  --subsample N             interval over N halves of the rows, drawn without

${input}

${representations}${pairings}${report};
                            what a transform makes: .npy, .npz, .safetensors, .csv, .parquet;
                            the anchors of a method that has some: .anchors.json
                            (again by --set anchor-selection=file --set anchor-file=FILE)${running}`,
  compare: `sextant compare INPUT INPUT... [flags]

Measures over all pairs of inputs, or of the inputs with references.

  --measure ID[,ID...]      default: the recommended ones; all: every one
  --against INPUT...        compare every input with each of these, instead of all pairs

${input}

${representations}${pairings}${report}${running}`,
  extract: `sextant extract MODEL... --input FILE --out FILE.safetensors [flags]

Runs ONNX models on data and writes what their layers make of each row.

  --input FILE[#tensor]     the data, a row for each sample; name=FILE for each of several inputs, or one file whose tensors
                            have the names of the inputs; texts as FILE.csv#column or FILE.txt, where the model takes
                            input_ids; images or sounds as a folder or a pattern (photos/*.png, *.wav)
  --layer GLOB              layers by name, as sextant inspect MODEL lists them; repeat for more; default: every layer
  --reduce HOW              flatten (default): every value is a unit; mean or max over space, or over the tokens that an
                            attention mask leaves; first or last token; of texts the default is what the model's folder says
  --set name=value          how data is prepared, where not as the model's folder says; repeat for more
                            texts: max-length, padding, padding-side, truncation-side, unit-length, dense
                            images: preset (model, imagenet, clip, mnist), channels, resize, filter, crop, scale, invert,
                            mean, std, layout, in this order; sounds: samples, rate, standardise
  --out FILE.safetensors    a matrix for each layer, and where they come from in its metadata
                            (of several models a file for each, FILE-NAME.safetensors)
  --batch N                 rows at a time; default 32
  --provider NAME           of onnxruntime: cpu (default), cuda, tensorrt, webgpu, coreml, dml, where this build has them
  --threads N  --memory BYTES  --json  --quiet  --debug

What was interrupted is kept beside FILE, and the same command goes on from there.`,
  embed: `sextant embed SOURCE FILE [flags] --out FILE

Raw data to a representation, by a baseline that needs no model. SOURCE is one of

  text-tfidf-svd            texts: a column of a table (verses.csv#text), or a text file, one text a line
  image-pixels-pca          images: a folder, or a pattern (photos/*.png); PNG, JPEG, WebP, BMP
  graph-fastrp              a graph: a table of edges with columns source, target and perhaps weight

Its parameters: sextant embed SOURCE --help

${data}
  --out FILE                .npy, .npz, .safetensors, .csv or .parquet;
                            ${formulas}${running}`,
  'self-test': `sextant self-test [--json] [--quiet] [--threads N]

Computes the published values of the measures again on this machine, and compares to the digits that are known.`,
  study: `sextant study INPUT... [flags]

What a measure says of runs: each file is a run, the tensors in it are its layers in counting order; a folder stands
for the files in it, without links and what --labels, --groups and --scores name. Layer identification; groups told
apart; correlation with a score; order along the layers; maps, trees and orders of runs and layers, where the measure
is or gives a metric; noise ceiling. With chance levels by reordering.

  --measure ID              the measure that compares; default linear-cka
  --groups FILE[#column]    group of each run: a table with a row per run, named by a column "run" (file names)
  --group-by REGEX          group of each run: what the expression finds in its file name (its first group, if it has one)
  --scores FILE[#column]    a number of each run, such as its accuracy
  --permutations N          random reorderings for chance levels; default 1000, and every order where there are fewer

${input}

${representations}${report}${running}`,
  mcp: `sextant mcp

A server of the Model Context Protocol on standard input and output: clients list the methods, look into files of this
folder, run methods and compare representations. A client is told to start "sextant" with the argument "mcp".`,
};

const overview = `sextant ${version}: what neural networks have learned, compared.

  sextant inspect FILE...             what is in files
  sextant methods                     the methods there are
  sextant run METHOD INPUT...         run one method
  sextant compare INPUT INPUT...      many measures, or one over all pairs
  sextant extract MODEL...            activations of a model's layers into a file
  sextant embed SOURCE FILE           raw data -> representation, by a baseline
  sextant self-test                   published values, computed again here
  sextant study INPUT...              runs of several layers: layers identified, groups, maps
  sextant mcp                         Model Context Protocol server on standard input and output

sextant COMMAND --help says more. Exit codes: 0 done, 1 the analysis failed, 2 bad usage or input, 130 interrupted.`;

export function helpPage(command: Command | undefined): string {
  return command === undefined ? overview : pages[command];
}
