// npm's soap, with WSDLs of the four services, against the simulator at C4C_URL.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import soap from "soap";

async function service(name, { soap12 = false } = {}) {
  const wsdl = fileURLToPath(new URL(`wsdl/${name}.wsdl`, import.meta.url));
  const endpoint = `${process.env.C4C_URL}/sap/bc/srt/scs/sap/${name}?sap-vhost=my000000.crm.ondemand.com`;
  const client = await soap.createClientAsync(wsdl, { endpoint, forceSoap12Headers: soap12 });
  client.setSecurity(new soap.BasicAuthSecurity(process.env.C4C_USER, process.env.C4C_PASSWORD));
  return client;
}

const manageProfiles = "managesocialmediauserprofilein";
const findProfiles = "requestforsocialmediauserprofi";
const manageActivities = "managesocialmediaactivityin";
const findActivities = "querysocialmediaactivityin";

const profile = (openid, more = {}) => ({
  SocialMediaUserProfile: {
    attributes: { actionCode: "01" },
    SocialMediaUserCategoryCode: "02",
    UserInformation: { attributes: { actionCode: "01" }, SocialMediaUserAccountID: openid, SocialMediaChannelCode: "008", ...more },
  },
});

const message = (id, profileID, text, parent) => ({
  BasicMessageHeader: { UUID: randomUUID() },
  SocialMediaActivity: {
    attributes: { actionCode: "01" },
    SocialMediaMessageID: id,
    ...(parent && { ParentSocialMediaMessageID: parent, RootSocialMediaMessageID: parent }),
    SocialMediaUserProfileID: profileID,
    SocialMediaActivityProviderID: "WECHAT",
    InteractionContent: { Text: text },
  },
});

const selection = (field, value) => ({
  [`SelectionBy${field}`]: { InclusionExclusionCode: "I", IntervalBoundaryTypeCode: "1", [`LowerBoundary${field}`]: value },
});

async function find(openid) {
  const client = await service(findProfiles);
  const [found] = await client.FindByElementsAsync({
    SocialMediaUserProfileSelectionByElements: selection("SocialMediaUserProfileUserAccountID", openid),
    ProcessingConditions: { QueryHitsUnlimitedIndicator: true },
  });
  return found;
}

for (const soap12 of [false, true]) {
  test(`makes a profile and finds it, SOAP ${soap12 ? "1.2" : "1.1"}`, async () => {
    const openid = `oSoap-${soap12}`;
    const client = await service(manageProfiles, { soap12 });
    const [made] = await client.MaintainBundleAsync({ BasicMessageHeader: { UUID: randomUUID() }, ...profile(openid, { FamilyName: "<王>", GivenName: "A & B 🙂" }) });
    assert.equal(made.Log, undefined);
    const found = await find(openid);
    assert.equal(found.ProcessingConditions.ReturnedQueryHitsNumberValue, 1);
    const [one] = [found.SocialMediaUserProfile].flat();
    assert.equal([made.SocialMediaUserProfile].flat()[0].ID, one.ID);
    const [info] = [one.UserInformation].flat();
    assert.equal(info.SocialMediaUserAccountID, openid);
  });
}

test("nobody is found where there is nobody", async () => {
  const found = await find("oNobody");
  assert.equal(found.ProcessingConditions.ReturnedQueryHitsNumberValue, 0);
  assert.equal(found.SocialMediaUserProfile, undefined);
});

test("a thread: message, follow-up, the same header twice", async () => {
  const [made] = await (await service(manageProfiles)).MaintainBundleAsync({ BasicMessageHeader: { UUID: randomUUID() }, ...profile("oThread") });
  const { ID } = [made.SocialMediaUserProfile].flat()[0];
  const client = await service(manageActivities);
  const text = "刹车吱吱响 <b> & ]]> 👩‍🔧\nline two";
  const root = message("wx:default:oThread:1", ID, text);
  const [first] = await client.MaintainBundleAsync(root);
  const [again] = await client.MaintainBundleAsync(root);
  assert.deepEqual(again, first, "the same header UUID is the same call");
  const [next] = await client.MaintainBundleAsync(message("wx:default:oThread:2", ID, "and?", "wx:default:oThread:1"));
  assert.notEqual([next.SocialMediaActivity].flat()[0].ID, [first.SocialMediaActivity].flat()[0].ID);
  const [found] = await (await service(findActivities)).FindByElementsAsync({
    SocialMediaActivitySelectionByElements: selection("SocialMediaMessageID", "wx:default:oThread:1"),
    ProcessingConditions: { QueryHitsUnlimitedIndicator: true },
  });
  assert.equal([found.SocialMediaActivity].flat()[0].InteractionContent.Text, text);
});

test("a business error is an answer with a log and no object", async () => {
  const [refused] = await (await service(manageActivities)).MaintainBundleAsync(message("wx:default:oX:1", "999999", "hello"));
  assert.equal(refused.SocialMediaActivity, undefined);
  assert.equal(String(refused.Log.MaximumLogItemSeverityCode), "3");
  assert.ok([refused.Log.Item].flat()[0].Note);
});

test("what does not fit is the fault that says nothing", async () => {
  const client = await service(manageProfiles);
  await assert.rejects(client.MaintainBundleAsync(profile("oLong", { FamilyName: "x".repeat(41) })), /Web service processing error/);
  client.setSecurity(new soap.BasicAuthSecurity("nobody", "x"));
  await assert.rejects(client.MaintainBundleAsync(profile("oAny")), (err) => err.response.status === 401);
});
