// What @digitalbazaar/vc takes to verify: CPU microseconds for each credential.
//
// in:  {documents: {url: document}, now, items: {name: {credential, mutant}}, rounds}
// out: {name: microseconds}; fails where a credential is refused, or its mutant accepted

import {readFileSync} from 'node:fs';

const vc = await import('@digitalbazaar/vc');
const {DataIntegrityProof} = await import('@digitalbazaar/data-integrity');
const {cryptosuite} = await import('@digitalbazaar/eddsa-rdfc-2022-cryptosuite');

const {documents, now, items, rounds} = JSON.parse(readFileSync(0, 'utf8'));

async function documentLoader(url) {
  if (!documents[url]) throw new Error(`there is no document ${url}`);
  return {contextUrl: null, documentUrl: url, document: documents[url], tag: 'static'};
}

async function verify(text) {
  const checked = await vc.verifyCredential({
    credential: JSON.parse(text),
    suite: new DataIntegrityProof({cryptosuite}),
    documentLoader,
    now: new Date(now),
    checkStatus: async () => ({verified: true}),
  });
  return checked.verified;
}

const found = {};
for (const [name, {credential, mutant}] of Object.entries(items)) {
  if (!await verify(credential) || await verify(mutant)) throw new Error(`${name} is not told from its mutant`);
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const begun = process.cpuUsage();
    for (let turn = 0; turn < 4; turn++) await verify(credential);
    const {user, system} = process.cpuUsage(begun);
    times.push((user + system) / 4);
  }
  found[name] = times.sort((a, b) => a - b)[Math.floor(rounds / 4)];
}
process.stdout.write(JSON.stringify(found));
