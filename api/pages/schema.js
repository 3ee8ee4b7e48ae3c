// Draws the OpenAPI document of this server. No library, and nothing from elsewhere: it has to
// work on a machine without a network.

const METHODS = ["get", "post", "put", "patch", "delete"];

const root = document.getElementById("schema");
const answer = await fetch("/schema/openapi.json");
const api = await answer.json();
root.replaceChildren(...page());
root.removeAttribute("aria-busy");

function page() {
  return [
    element("h1", {}, `${api.info.title} ${api.info.version}`),
    element("p", {}, api.info.description ?? ""),
    element("p", {}, element("a", { href: "/schema/openapi.json" }, "openapi.json")),
    ...byTag().flatMap(([tag, operations]) => [
      element("h2", {}, tag),
      ...operations.map((operation) => operationView(operation)),
    ]),
  ];
}

function byTag() {
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((one) => item[one])) {
      const operation = { ...item[method], path, method };
      const tag = operation.tags?.[0] ?? "other";
      groups.set(tag, [...(groups.get(tag) ?? []), operation]);
    }
  }
  return [...groups];
}

function operationView({ path, method, summary, description, parameters, requestBody, responses }) {
  const body = requestBody?.content?.["application/json"]?.schema;
  return element(
    "details",
    {},
    element("summary", {}, element("b", {}, method.toUpperCase()), " ", element("code", {}, path)),
    element("p", {}, description ?? summary ?? ""),
    ...(parameters?.length ? [table("Parameters", parameters.map(parameterRow))] : []),
    ...(body ? [table("Body", fieldRows(body))] : []),
    table("Answers", Object.entries(responses ?? {}).map(answerRow)),
  );
}

function parameterRow(parameter) {
  const where = parameter.required ? `${parameter.in}, required` : parameter.in;
  return [parameter.name, where, parameter.description ?? typeOf(parameter.schema)];
}

function answerRow([status, response]) {
  const [[media, { schema }] = ["", {}]] = Object.entries(response.content ?? {});
  return [status, media, schema ? typeOf(schema) : (response.description ?? "")];
}

function fieldRows(schema, prefix = "") {
  const known = resolved(schema);
  if (!known.properties) return [[prefix || "(any name)", typeOf(schema), ""]];
  return Object.entries(known.properties).flatMap(([name, field]) => {
    const need = known.required?.includes(name) ? "required" : "";
    const row = [prefix + name, typeOf(field), need || field.description || ""];
    const inner = resolved(field);
    return inner.properties ? [row, ...fieldRows(inner, `${prefix}${name}.`)] : [row];
  });
}

// A reference, or one beside null, is looked up.
function resolved(schema) {
  const parts = schema.oneOf ?? schema.anyOf ?? [schema];
  const part = parts.find((one) => one.$ref ?? one.properties) ?? schema;
  return part.$ref ? api.components.schemas[part.$ref.split("/").at(-1)] : part;
}

function typeOf(schema = {}) {
  const parts = schema.oneOf ?? schema.anyOf;
  if (parts) return parts.map((part) => typeOf(part)).join(" or ");
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  const bounds = [schema.format, schema.pattern, schema.maxLength && `at most ${schema.maxLength}`];
  return [schema.type ?? "any", ...bounds].filter(Boolean).join(", ");
}

function table(caption, rows) {
  return element(
    "table",
    {},
    element("caption", {}, caption),
    element("tbody", {}, ...rows.map(([head, ...cells]) => element(
      "tr",
      {},
      element("th", { scope: "row" }, element("code", {}, head)),
      ...cells.map((cell) => element("td", {}, cell)),
    ))),
  );
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
