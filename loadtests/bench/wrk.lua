-- wrk sends the requests of a file in turn (a line each: method, target, bearer token, JSON body, by tabs) and ends with
-- one line of JSON: what `wrk --latency` prints, without its rounding.

local prepared, turn = {}, 0

function init(args)
   for line in io.lines(args[1]) do
      local method, target, bearer, body = line:match("^(%S+)\t(%S+)\t([^\t]*)\t(.*)$")
      local headers = {}
      if bearer ~= "" then
         headers["Authorization"] = "Bearer " .. bearer
      end
      if body ~= "" then
         headers["Content-Type"] = "application/json"
      else
         body = nil
      end
      prepared[#prepared + 1] = wrk.format(method, target, headers, body)
   end
end

function request()
   turn = turn % #prepared + 1
   return prepared[turn]
end

function done(summary, latency)
   local e = summary.errors
   io.write(string.format(
      '{"requests":%d,"seconds":%.6f,"p50_us":%d,"p99_us":%d,"refused":%d,"broken":%d}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
      e.status, e.connect + e.read + e.write + e.timeout))
end
