// Opens pages of the web UI of Apache Mesos in a DOM, its files from a folder and all else from a master, and prints their texts.
// usage: ui.js FOLDER HOST:PORT PAGE...
const http = require('http')
const fs = require('fs')
const path = require('path')
const { JSDOM, VirtualConsole } = require('jsdom')

const [folder, master, ...pages] = process.argv.slice(2)
const problems = []

const server = http.createServer((request, response) => {
  const file = path.join(folder, request.url.split('?')[0])
  if (fs.existsSync(file) && fs.statSync(file).isFile()) {
    fs.createReadStream(file).pipe(response)
    return
  }
  const forwarded = http.request(`http://${master}${request.url}`, { method: request.method }, answer => {
    if (answer.statusCode !== 200) problems.push(`${answer.statusCode} for ${request.url}`)
    response.writeHead(answer.statusCode, answer.headers)
    answer.pipe(response)
  })
  request.pipe(forwarded)
})

async function text (page) {
  const console_ = new VirtualConsole()
  console_.on('jsdomError', error => problems.push(String(error.detail || error.message)))
  console_.on('error', error => problems.push(String(error)))
  const dom = await JSDOM.fromURL(`http://127.0.0.1:${server.address().port}/index.html#${page}`, {
    runScripts: 'dangerously', resources: 'usable', pretendToBeVisual: true, virtualConsole: console_,
    beforeParse (window) { window.scrollTo = () => {} } // jsdom has none, and says so
  })
  // The first row of a table is drawn from what was fetched; the rest follows a moment after.
  const until = Date.now() + 30000
  while (!dom.window.document.querySelector('table tbody tr') && Date.now() < until) await new Promise(resolve => setTimeout(resolve, 200))
  await new Promise(resolve => setTimeout(resolve, 2000))
  // What the page hides, and what it has not filled in, nobody sees.
  dom.window.document.querySelectorAll('.ng-hide, .ng-cloak, script, style').forEach(hidden => hidden.remove())
  const shown = dom.window.document.body.textContent.replace(/\s+/g, ' ')
  dom.window.close()
  return shown
}

server.listen(0, '127.0.0.1', async () => {
  const shown = {}
  for (const page of pages) shown[page] = await text(page)
  console.log(JSON.stringify({ shown, problems: [...new Set(problems)] }))
  process.exit(0)
})
