// Other people's verifiers and issuers, from npm. Nothing leaves this process: what they fetch is answered from
// what came on standard input, and everything else fails.
//
// in:  {contexts: {url: text}, networks: {name: {url: {mediaType, body}}}, now,
//       items: [{id, by, evidence, key, alg, network}],
//       make: [{id, by, document, …what its issuer needs}]}
// out: {results: {id: {accepted, detail}}, made: {id: evidence}}

import {readFileSync} from 'node:fs';

const asked = JSON.parse(readFileSync(0, 'utf8'));

// Standard output is for the answer; some of them talk.
console.log = console.info = console.error;

// Items are judged one after the other, each within its network.
let documents = asked.networks.clear;

globalThis.fetch = async (given) => {
  const url = typeof given === 'string' ? given : given.url ?? String(given);
  const found = documents[url];
  if (!found) throw new TypeError(`nobody answers at ${url}`);
  return new Response(found.body, {status: 200, headers: {'content-type': found.mediaType}});
};

const jose = await import('jose');
const vc = await import('@digitalbazaar/vc');
const {DataIntegrityProof} = await import('@digitalbazaar/data-integrity');
const rdfc = await import('@digitalbazaar/eddsa-rdfc-2022-cryptosuite');
const jcs = await import('@digitalbazaar/eddsa-jcs-2022-cryptosuite');
const Ed25519Multikey = await import('@digitalbazaar/ed25519-multikey');
const {Ed25519Signature2020} = await import('@digitalbazaar/ed25519-signature-2020');
const core = await import('@digitalcredentials/verifier-core');

const VERIFYING = {'eddsa-rdfc-2022': rdfc.cryptosuite, 'eddsa-jcs-2022': jcs.createVerifyCryptosuite()};
const SIGNING = {'eddsa-rdfc-2022': rdfc.cryptosuite, 'eddsa-jcs-2022': jcs.createSignCryptosuite()};

async function documentLoader(url) {
  const text = asked.contexts[url] ?? documents[url]?.body;
  if (!text) throw new Error(`there is no document ${url}`);
  return {contextUrl: null, documentUrl: url, document: JSON.parse(text)};
}

const CHECKS = {
  // A JOSE library: signature and times, with a key that is given to it.
  async jose({evidence, key, alg}) {
    const {payload} = await jose.jwtVerify(evidence, await jose.importJWK(key, alg), {
      algorithms: [alg], currentDate: new Date(asked.now), clockTolerance: 60,
    });
    // `vc+jwt` has its times in the credential, which a JOSE library does not know.
    const [from, until] = [payload.validFrom, payload.validUntil].map((time) => Date.parse(time));
    const now = Date.parse(asked.now);
    if (!(from <= now && now <= until)) throw new Error('outside its period of validity');
  },
  // A Data Integrity library; status is left to its caller.
  async '@digitalbazaar/vc'({evidence}) {
    const credential = JSON.parse(evidence);
    const proofs = [credential.proof].flat();
    const suite = proofs.map((proof) => new DataIntegrityProof({cryptosuite: VERIFYING[proof?.cryptosuite]}));
    const checked = await vc.verifyCredential({
      credential, suite, documentLoader, now: new Date(asked.now), checkStatus: async () => ({verified: true}),
    });
    if (!checked.verified) throw checked.error?.errors?.[0] ?? checked.error;
  },
  // A verifier: signature, times, status; registries are not asked.
  async '@digitalcredentials/verifier-core'({evidence}) {
    const checked = await core.verifyCredential({credential: JSON.parse(evidence), knownDIDRegistries: []});
    if (checked.errors?.length) throw new Error(checked.errors[0].message);
    for (const step of checked.log ?? []) {
      if (step.id !== 'registered_issuer' && !step.valid) {
        throw new Error(`${step.id}: ${step.error?.message ?? 'false'}`);
      }
    }
  },
};

const MAKE = {
  async jose({document, key, alg, kid, typ}) {
    const payload = new TextEncoder().encode(JSON.stringify(document));
    return await new jose.CompactSign(payload).setProtectedHeader({alg, kid, typ}).sign(await jose.importJWK(key, alg));
  },
  async '@digitalbazaar/vc'({document, suite, method, controller, multibase, secret}) {
    const pair = await Ed25519Multikey.from({
      type: 'Multikey', id: method, controller, publicKeyMultibase: multibase, secretKeyMultibase: secret,
    });
    const [signer, date] = [pair.signer(), new Date(Date.parse(asked.now) - 1000)];
    const made = suite === 'Ed25519Signature2020' ? new Ed25519Signature2020({signer, date})
      : new DataIntegrityProof({signer, cryptosuite: SIGNING[suite], date});
    return JSON.stringify(await vc.issue({credential: document, suite: made, documentLoader}));
  },
};

async function each(list, work) {
  const found = {};
  for (const one of list) found[one.id] = await work(one);
  return found;
}

const results = await each(asked.items, async (item) => {
  documents = asked.networks[item.network];
  try {
    await CHECKS[item.by](item);
    return {accepted: true, detail: ''};
  } catch (error) {
    return {accepted: false, detail: String(error?.message ?? error).slice(0, 300)};
  }
});
const made = await each(asked.make, (one) => MAKE[one.by](one));
process.stdout.write(JSON.stringify({results, made}));
