-- A filter for Quarto alone, which puts each embedded output into divisions of its own (`.quarto-embed-nb-cell`,
-- `.cell`, `.cell-output`). Here they are taken off again: typst refuses a landscape page inside a block, and where a
-- division repeats the anchor that the output brings along, a link to it would be ambiguous.
local wrappers = { "quarto-embed-nb-cell", "cell", "cell-output" }

function Div(div)
  for _, class in ipairs(wrappers) do
    if div.classes:includes(class) then
      return div.content
    end
  end
end
