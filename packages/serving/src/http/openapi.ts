/** The OpenAPI description of the handler: what `GET /docs` answers. */
export function openApi(version: string): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'ttrec',
      version,
      description:
        'Scores rows by the Open Inference Protocol, version 2, with the extensions binary_tensor_data, model_configuration, model_repository and statistics, and by version 1 of the protocol of KServe. Give a tensor for each column of raw values, or the tensors of the ONNX export.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{}, { token: [] }],
    paths: paths(),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas,
      parameters: {
        timeout: {
          name: 'X-Request-Timeout-Ms',
          in: 'header',
          description: 'Milliseconds until the request is answered with 503.',
          schema: { type: 'number', exclusiveMinimum: 0 },
        },
        headerLength: {
          name: 'Inference-Header-Content-Length',
          in: 'header',
          description: 'Bytes of the JSON, if binary tensors follow it.',
          schema: { type: 'integer', minimum: 0 },
        },
      },
    },
  };
}

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const object = (required: readonly string[], properties: Record<string, unknown>) => ({
  type: 'object',
  ...(required.length > 0 && { required }),
  properties,
});
const list = (items: unknown) => ({ type: 'array', items });
const [string, boolean, integer] = [{ type: 'string' }, { type: 'boolean' }, { type: 'integer' }];
const parameters = { type: 'object', description: 'Unknown parameters are ignored.' };
const tensor = { name: string, shape: list(integer), datatype: string, parameters };

const schemas = {
  Error: object(['error'], {
    error: string,
    code: { type: 'string', description: 'Stable, such as serving/queue-full.' },
  }),
  ServerMetadata: object(['name', 'version', 'extensions'], {
    name: string,
    version: string,
    extensions: list(string),
  }),
  Health: object(['live'], { live: boolean, ready: boolean }),
  ModelReady: object(['name', 'ready'], { name: string, ready: boolean }),
  TensorMetadata: object(['name', 'datatype', 'shape'], {
    name: string,
    datatype: string,
    shape: { type: 'array', items: integer, description: '-1 is a variable extent.' },
  }),
  ModelMetadata: object(['name', 'platform', 'inputs', 'outputs'], {
    name: string,
    versions: { type: 'array', items: string, description: 'The newest last.' },
    platform: string,
    inputs: {
      ...list(reference('TensorMetadata')),
      description: 'All columns of raw values, or all tensors of the ONNX export.',
    },
    outputs: list(reference('TensorMetadata')),
  }),
  ModelConfig: object(['name', 'platform', 'max_batch_size', 'input', 'output'], {
    name: string,
    platform: string,
    max_batch_size: { const: 0, description: 'The first extent of inputs is the number of rows.' },
    input: list(reference('TensorConfig')),
    output: list(reference('TensorConfig')),
  }),
  TensorConfig: object(['name', 'data_type', 'dims'], {
    name: string,
    data_type: { enum: ['TYPE_FP32', 'TYPE_INT64', 'TYPE_STRING'] },
    dims: list(integer),
    optional: boolean,
  }),
  TensorData: {
    type: 'array',
    description: 'Row-major, nested or flat. null is a missing value of a column.',
    items: { anyOf: [reference('TensorData'), { type: ['number', 'string', 'boolean', 'null'] }] },
  },
  InferRequest: object(['inputs'], {
    id: string,
    parameters: object([], {
      broadcast: {
        type: 'boolean',
        description: 'Inputs of first extent 1 stand for every row: one user against many items.',
      },
      timeout: {
        type: 'integer',
        minimum: 0,
        description: 'Microseconds until the request is answered with 503.',
      },
      binary_data_output: boolean,
    }),
    inputs: list(object(['name', 'shape', 'datatype'], { ...tensor, data: reference('TensorData') })),
    outputs: list(object(['name'], { name: { enum: ['probabilities', 'logits'] }, parameters })),
  }),
  InferResponse: object(['model_name', 'id', 'outputs'], {
    model_name: string,
    model_version: string,
    id: string,
    outputs: list(object(['name', 'shape', 'datatype'], { ...tensor, data: reference('TensorData') })),
  }),
  PredictRequest: object(['instances'], {
    instances: { type: 'array', minItems: 1, items: { type: 'object', description: 'Values by column.' } },
  }),
  PredictResponse: object(['predictions'], {
    predictions: list({ type: 'number', description: 'A probability.' }),
  }),
  RepositoryIndexRequest: object([], { ready: boolean }),
  RepositoryIndex: list(
    object(['name', 'state', 'reason'], {
      name: string,
      version: string,
      state: { enum: ['READY', 'LOADING', 'UNAVAILABLE'] },
      reason: string,
    }),
  ),
  LoadRequest: object([], {
    parameters: object([], {
      checkpoint: { type: 'string', description: 'latest, best, or the name of a checkpoint.' },
    }),
  }),
  ModelVersions: object(['name'], { name: string, versions: list(string) }),
  Statistics: object(['model_stats'], { model_stats: list({ type: 'object' }) }),
};

function paths(): Record<string, unknown> {
  const one = { model: '{model}', version: '{model}/versions/{version}' };
  const versioned = (suffix: string, operation: (path: string) => unknown) =>
    Object.values(one).map((path) => [`/v2/models/${path}${suffix}`, operation(path)] as const);
  return Object.fromEntries<unknown>([
    ['/v2', get('Name, version and extensions of the server', 'ServerMetadata')],
    ['/v2/health/live', get('Whether the server runs', 'Health')],
    ['/v2/health/ready', get('Whether all models can score', 'Health', [503])],
    ...versioned('', (path) => get('Inputs and outputs of a model', 'ModelMetadata', [404, 503], path)),
    ...versioned('/config', (path) =>
      get("A model in Triton's configuration", 'ModelConfig', [404, 503], path),
    ),
    ...versioned('/ready', (path) => get('Whether a model can score', 'ModelReady', [404, 503], path)),
    ...versioned('/infer', (path) => infer(path)),
    ['/v2/models/stats', get('What all models have done', 'Statistics')],
    ...versioned('/stats', (path) => get('What a model has done', 'Statistics', [404], path)),
    ['/v2/repository/index', post('All models and their state', 'RepositoryIndexRequest', 'RepositoryIndex')],
    [
      '/v2/repository/models/{model}/load',
      post('Load or reload a model', 'LoadRequest', 'ModelVersions', one.model),
    ],
    ['/v2/repository/models/{model}/unload', post('Unload a model', undefined, 'ModelVersions', one.model)],
    ['/v1/models', get('Names of the models', undefined)],
    ['/v1/models/{model}', get('Whether a model can score', 'ModelReady', [404, 503], one.model)],
    [
      '/v1/models/{model}:predict',
      post('Score rows of raw values', 'PredictRequest', 'PredictResponse', one.model),
    ],
    ['/docs', get('This description', undefined)],
    ['/metrics', get('Metrics for Prometheus', undefined, [404])],
  ]);
}

function infer(path: string): unknown {
  const { post: operation } = post('Score rows', 'InferRequest', 'InferResponse', path);
  const header = (name: string) => ({ $ref: `#/components/parameters/${name}` });
  return {
    post: { ...operation, parameters: [...operation.parameters, header('timeout'), header('headerLength')] },
  };
}

function get(summary: string, answer: string | undefined, statuses: readonly number[] = [], path = '') {
  return { get: { summary, parameters: pathParameters(path), responses: responses(answer, statuses) } };
}

function post(summary: string, body: string | undefined, answer: string, path = '') {
  const requestBody = body && {
    requestBody: { content: { 'application/json': { schema: reference(body) } } },
  };
  return {
    post: {
      summary,
      parameters: pathParameters(path),
      ...requestBody,
      responses: responses(answer, [400, 404, 413, 503]),
    },
  };
}

function pathParameters(path: string): Record<string, unknown>[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: string,
  }));
}

function responses(answer: string | undefined, statuses: readonly number[]): Record<string, unknown> {
  const schema = answer && { content: { 'application/json': { schema: reference(answer) } } };
  const failed = { description: 'Not done', content: { 'application/json': { schema: reference('Error') } } };
  return {
    200: { description: 'Done', ...schema },
    401: failed,
    ...Object.fromEntries(statuses.map((status) => [status, failed])),
  };
}
