const assert = require("node:assert/strict");
describe("login", () => {
  it("signs in", () => {});
  it("is refused", () => assert.equal(200, 403));
  it.skip("is for later", () => {});
});
