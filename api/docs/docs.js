// The page of the API: it reads /openapi.json and shows operations, schemas and
// a curl line for each. Text is only ever set as text, never as HTML.
"use strict";

const make = (tag, attributes = {}, ...children) => {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
	e.append(...children.filter((c) => c !== undefined && c !== null));
	return e;
};

// prose shows blank lines as paragraphs and **words** as strong ones.
const prose = (text) => (text || "").split(/\n\n+/).map((part) =>
	make("p", {}, ...part.split("**").map((s, i) => (i % 2 ? make("strong", {}, s) : s))));

const nameOf = (schema) => (schema.$ref || "").split("/").pop();

const typeOf = (schema) => {
	if (schema.$ref) return make("a", { href: "#schema-" + nameOf(schema) }, nameOf(schema));
	if (schema.type === "array" || (schema.type || []).includes?.("array")) {
		return make("span", {}, "list of ", typeOf(schema.items || {}));
	}
	const type = Array.isArray(schema.type) ? schema.type.join(" or ") : schema.type || "anything";
	return make("span", {}, type + (schema.format ? " (" + schema.format + ")" : ""));
};

const limitsOf = (schema) => [
	schema.enum && "one of " + schema.enum.join(", "),
	schema.minimum !== undefined && "at least " + schema.minimum,
	schema.maximum !== undefined && "at most " + schema.maximum,
	schema.maxLength !== undefined && schema.maxLength + " characters at most",
	schema.default !== undefined && "default " + schema.default,
].filter(Boolean).join("; ");

const table = (rows) => make("table", {},
	make("thead", {}, make("tr", {}, ...["Name", "Type", "What"].map((h) => make("th", {}, h)))),
	make("tbody", {}, ...rows.map(({ name, required, schema, text, where }) => make("tr", {},
		make("td", {}, make("code", {}, name), make("div", { class: "quiet" },
			[where, required ? "required" : "optional"].filter(Boolean).join(", "))),
		make("td", {}, typeOf(schema)),
		make("td", {}, text || schema.description || "",
			make("div", { class: "quiet" }, limitsOf(schema)))))));

const properties = (schema) => Object.entries(schema.properties || {}).map(([name, s]) =>
	({ name, schema: s, required: (schema.required || []).includes(name) }));

// example makes a value of a schema that a reader can start from.
const example = (schema, all, depth = 0) => {
	if (schema.$ref) return example(all[nameOf(schema)] || {}, all, depth);
	if (schema.examples?.length) return schema.examples[0];
	if (schema.enum) return schema.enum[0];
	const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
	if (type === "object" && depth < 6) {
		return Object.fromEntries(properties(schema)
			.filter((p) => p.required).map((p) => [p.name, example(p.schema, all, depth + 1)]));
	}
	if (type === "array") return depth < 6 ? [example(schema.items || {}, all, depth + 1)] : [];
	if (type === "integer" || type === "number") return schema.minimum ?? 1;
	if (type === "boolean") return false;
	return schema.format === "date" ? "2026-11-22" : "…";
};

const quote = (s) => "'" + s.replaceAll("'", `'\\''`) + "'";

const curl = (method, path, op, all) => {
	const lines = ["curl"];
	if (method !== "get") lines[0] += " -X " + method.toUpperCase();
	const open = (op.security || []).some((needs) => Object.keys(needs).length === 0);
	if (!open) lines.push('-H "Authorization: Bearer $TOKEN"');
	if (method !== "get") lines.push("-H " + quote("Idempotency-Key: ") + "$(uuidgen)");
	const body = op.requestBody?.content?.["application/json"]?.schema;
	if (body) {
		lines.push("-H " + quote("Content-Type: application/json"));
		lines.push("-d " + quote(JSON.stringify(example(body, all), null, 2)));
	}
	const filled = path.replace(/\{(\w+)\}/g, (_, name) => {
		const p = (op.parameters || []).find((q) => q.in === "path" && q.name === name);
		return p ? example(p.schema, all) : name;
	});
	lines.push(quote(location.origin + filled));
	return lines.join(" \\\n  ");
};

const operation = (method, path, op, all) => {
	const shown = make("section", { id: op.operationId },
		make("h2", {}, op.summary || op.operationId),
		make("div", { class: "path" }, make("span", { class: "method " + method }, method.toUpperCase()),
			make("code", {}, path), make("span", { class: "quiet" }, op.operationId)),
		...prose(op.description));
	if (op.parameters?.length) {
		shown.append(make("h3", {}, "Parameters"), table(op.parameters.map((p) => ({
			name: p.name, required: p.required, schema: p.schema || {}, text: p.description, where: p.in,
		}))));
	}
	const body = op.requestBody?.content?.["application/json"]?.schema;
	if (body) {
		const whole = body.$ref ? all[nameOf(body)] : body;
		shown.append(make("h3", {}, "Body"), table(properties(whole || {})));
	}
	shown.append(make("h3", {}, "Answers"));
	for (const [status, r] of Object.entries(op.responses || {})) {
		const schema = Object.values(r.content || {})[0]?.schema;
		shown.append(make("p", {}, make("code", {}, status), " ", r.description || "", " ",
			schema ? typeOf(schema) : undefined));
	}
	shown.append(make("h3", {}, "Example"), make("pre", { tabindex: "0" }, make("code", {}, curl(method, path, op, all))));
	return shown;
};

const show = (doc) => {
	const main = document.getElementById("main"), toc = document.getElementById("toc");
	const all = doc.components?.schemas || {}, groups = new Map();
	main.replaceChildren(make("h1", {}, doc.info.title + ", version " + doc.info.version),
		...prose(doc.info.description), make("p", {}, make("a", { href: "/openapi.json" }, "/openapi.json")));
	for (const [path, item] of Object.entries(doc.paths || {})) {
		for (const [method, op] of Object.entries(item)) {
			const group = (op.tags || ["other"])[0];
			if (!groups.has(group)) groups.set(group, []);
			groups.get(group).push({ method, path, op });
		}
	}
	const order = (doc.tags || []).map((t) => t.name);
	for (const group of [...groups.keys()].sort((a, b) => order.indexOf(a) - order.indexOf(b))) {
		const list = make("ul");
		for (const { method, path, op } of groups.get(group)) {
			main.append(operation(method, path, op, all));
			list.append(make("li", {}, make("a", { href: "#" + op.operationId }, op.summary || op.operationId)));
		}
		toc.append(make("div", { class: "group" }, make("h2", {}, group), list));
	}
	const list = make("ul");
	for (const name of Object.keys(all).sort()) {
		main.append(make("section", { id: "schema-" + name }, make("h2", {}, name),
			...prose(all[name].description), table(properties(all[name]))));
		list.append(make("li", {}, make("a", { href: "#schema-" + name }, name)));
	}
	toc.append(make("div", { class: "group" }, make("h2", {}, "schemas"), list));
	if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
};

document.getElementById("find").addEventListener("input", (event) => {
	const wanted = event.target.value.toLowerCase();
	for (const group of document.querySelectorAll("#toc .group")) {
		let any = false;
		for (const li of group.querySelectorAll("li")) {
			const a = li.firstChild;
			li.hidden = !(a.textContent + a.getAttribute("href")).toLowerCase().includes(wanted);
			any ||= !li.hidden;
		}
		group.hidden = !any;
	}
});

fetch("/openapi.json")
	.then((r) => (r.ok ? r.json() : Promise.reject(new Error("status " + r.status))))
	.then(show)
	.catch((e) => { document.getElementById("state").textContent = "The document cannot be read: " + e.message; });
