// Makes the calls it reads from its input, [{"method", "request", "arguments"}], with Alibaba's own SDK, and prints what each
// came to: {"body"} or {"code", "status"}.
const sdk = require("@alicloud/imagesearch20201214");
const { $OpenApiUtil } = require("@alicloud/openapi-core");

const client = new sdk.default(
  new $OpenApiUtil.Config({
    accessKeyId: process.env.ACCESS_KEY,
    accessKeySecret: process.env.SECRET_KEY,
    endpoint: process.env.ENDPOINT,
    protocol: "HTTP",
    regionId: "cn-shanghai",
    readTimeout: 60000,
    signatureAlgorithm: process.env.SIGNATURE || undefined,
  }),
);

async function call({ method, request, arguments: values }) {
  try {
    return { body: (await client[method](new sdk[request](values))).body };
  } catch (e) {
    return { code: e.code, status: e.statusCode, message: e.message };
  }
}

async function main() {
  let input = "";
  for await (const part of process.stdin) {
    input += part;
  }
  const results = [];
  for (const each of JSON.parse(input)) {
    results.push(await call(each));
  }
  process.stdout.write(JSON.stringify(results));
}

main();
