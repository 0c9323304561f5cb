-- Sends the requests of a file in turn: a line holds the Authorization header, a tab and the body. In every request,
-- the placeholder becomes the second argument, which is the run's own, followed by the number of the request.
local PLACEHOLDER = "UNIQUEUNIQUE0000"
local requests = {}
local turn = 0
local sent = 0
local run = ""

function init(arguments)
  run = arguments[2]
  for line in io.lines(arguments[1]) do
    local authorization, body = line:match("^([^\t]*)\t(.*)$")
    local headers = { ["Content-Type"] = "application/json", ["Authorization"] = authorization }
    requests[#requests + 1] = wrk.format("POST", "/graphql", headers, body)
  end
end

function request()
  turn = turn % #requests + 1
  if requests[turn]:find(PLACEHOLDER, 1, true) then
    sent = sent + 1
    return (requests[turn]:gsub(PLACEHOLDER, string.format("%s%08x", run, sent)))
  end
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    "MEASURED requests=%d microseconds=%d bytes=%d failed=%d p50=%d p99=%d\n",
    summary.requests, summary.duration, summary.bytes, failed, latency:percentile(50), latency:percentile(99)
  ))
end
