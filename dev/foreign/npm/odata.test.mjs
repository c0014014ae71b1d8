// @odata/client, in the form it has for C4C, against the simulator at C4C_URL.
import assert from "node:assert/strict";
import { test } from "node:test";
import { OData } from "@odata/client";
import withCookies from "fetch-cookie";

globalThis.fetch = withCookies(globalThis.fetch); // without cookies a token is worth nothing

const endpoint = `${process.env.C4C_URL}/sap/c4c/odata/v1/c4codataapi/`;
const credential = { username: process.env.C4C_USER, password: process.env.C4C_PASSWORD };
const client = () => OData.New({ serviceEndpoint: endpoint, credential, variant: "c4c" });
const customers = (c) => c.getEntitySet("IndividualCustomerCollection");
const literal = (text) => encodeURIComponent(text.replaceAll("'", "''")); // which the client leaves to its caller
const tickets = (c) => c.getEntitySet("ServiceRequestCollection");

test("metadata names what the client uses", async () => {
  const basic = Buffer.from(`${credential.username}:${credential.password}`).toString("base64");
  const answer = await fetch(`${endpoint}$metadata`, { headers: { authorization: `Basic ${basic}` } });
  assert.equal(answer.status, 200);
  const text = await answer.text();
  for (const name of ["IndividualCustomer", "ServiceRequest", "SocialMediaActivity"]) {
    assert.match(text, new RegExp(`<EntityType Name="${name}"`));
  }
});

test("creates, reads, changes, with token and cookies", async () => {
  const c = client();
  const made = await customers(c).create({ LastName: "李", FirstName: "雷", RoleCode: "CRM000", NickName: "oLi", Mobile: "+86 138 0000 0001" });
  assert.match(made.ObjectID, /^[0-9A-F]{32}$/);
  assert.equal(made.FormattedName, "李雷");
  await customers(c).update(made.ObjectID, { City: "上海" });
  const read = await customers(c).retrieve(made.ObjectID);
  assert.equal(read.City, "上海");
  await assert.rejects(customers(c).create({ RoleCode: "CRM000" }), /LastName/);
  await assert.rejects(customers(c).retrieve("00000000000000000000000000000000"), /not found/);
});

test("filters, orders, selects, counts, pages", async () => {
  const c = client();
  for (const name of ["O'Neill", "a&b=c", "50%", "王🙂"]) {
    await customers(c).create({ LastName: name, RoleCode: "CRM000", NickName: `oFilter-${name}` });
  }
  for (const name of ["O'Neill", "a&b=c", "50%", "王🙂"]) {
    const found = await customers(c).query(OData.newFilter().field("NickName").eqString(literal(`oFilter-${name}`)));
    assert.deepEqual(found.map((f) => f.LastName), [name]);
  }
  const params = OData.newOptions().filter("startswith(NickName,'oFilter-')").orderby("LastName", "desc").select(["LastName", "ObjectID"]).top(2).skip(1);
  const page = await customers(c).query(params);
  assert.equal(page.length, 2);
  assert.deepEqual(Object.keys(page[0]).filter((k) => k !== "__metadata").sort(), ["LastName", "ObjectID"]);
  assert.equal(await customers(c).count(OData.newFilter().field("LastName").eqString(literal("50%"))), 1);
});

test("makes a ticket with notes at once, and expands them", async () => {
  const c = client();
  const note = (Text) => ({ TypeCode: "10008", Text });
  const made = await tickets(c).create({ Name: "Brakes", ServiceRequestTextCollection: { results: [note("one"), note("two")] } });
  const read = await tickets(c).retrieve(made.ObjectID, OData.newOptions().expand("ServiceRequestTextCollection"));
  assert.equal(read.ObjectID, made.ObjectID);
  const [found] = await tickets(c).query(
    OData.newOptions().filter(OData.newFilter().field("ID").eqString(made.ID)).expand("ServiceRequestTextCollection"),
  );
  assert.deepEqual(found.ServiceRequestTextCollection.results.map((n) => n.Text).sort(), ["one", "two"]);
});

test("a session that has ended is renewed", async () => {
  const c = client();
  await tickets(c).create({ Name: "first" });
  await fetch(`${process.env.C4C_URL}/_sim/csrf/expire`, { method: "POST" });
  const made = await tickets(c).create({ Name: "second" });
  assert.match(made.ObjectID, /^[0-9A-F]{32}$/);
});

test("a batch: reads, writes, one that fails", async () => {
  const c = client();
  const made = await tickets(c).create({ Name: "in a batch" });
  const answers = await c.execBatchRequests([
    c.newBatchRequest({ collection: "ServiceRequestCollection", id: made.ObjectID, method: "PATCH", entity: { Name: "changed" } }),
    c.newBatchRequest({ collection: "ServiceRequestTextCollectionCollection", method: "POST", entity: { ParentObjectID: made.ObjectID, TypeCode: "10008", Text: "注" } }),
    c.newBatchRequest({ collection: "ServiceRequestTextCollectionCollection", method: "POST", entity: { TypeCode: "10008", Text: "of nobody" } }),
    c.newBatchRequest({ collection: "ServiceRequestCollection", id: made.ObjectID, method: "GET", params: OData.newOptions().select("Name") }),
  ]);
  assert.deepEqual(answers.map((a) => a.status), [204, 201, 400, 200]);
  assert.equal((await answers[1].json()).d.Text, "注");
  assert.match((await answers[2].json()).error.message.value, /does not exist/);
  assert.equal((await answers[3].json()).d.Name, "changed");
});
