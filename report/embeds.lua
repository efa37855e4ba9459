-- A filter for Quarto alone: what the embedded engine does in analysis/report/parse.py and pdf.py.

local placeholder = "Author Placeholder"
local landscape = "#page(flipped: true)["
local is_typst = FORMAT:match("typst") ~= nil

-- Quarto puts each embedded output into divisions of its own. Here they are taken off again: typst refuses a landscape
-- page inside a block, and where a division repeats the anchor that the output brings along, a link to it would be
-- ambiguous.
local wrappers = { "quarto-embed-nb-cell", "cell", "cell-output" }

function Div(div)
  for _, class in ipairs(wrappers) do
    if div.classes:includes(class) then
      return div.content
    end
  end
end

-- The picture of an output carries the label of its cell, as its heading does, and its text only as fig-alt.
function Image(image)
  local alt = image.attributes["fig-alt"]
  if alt then
    image.identifier = ""
    image.caption = pandoc.Inlines({ pandoc.Str(alt) })
    image.attributes["fig-alt"] = nil
    image.attributes["alt"] = alt
    return image
  end
end

function Span(span)
  if is_typst and span.attributes["custom-style"] == placeholder then
    span.content:insert(1, pandoc.RawInline("typst", "#to-complete["))
    span.content:insert(pandoc.RawInline("typst", "]"))
    return span.content
  end
end

-- A page break before each chapter, and the contents at the end of the chapter of that name.
local function paged(blocks)
  local out, chapters, contents_chapter = pandoc.Blocks({}), 0, nil
  for _, block in ipairs(blocks) do
    if block.t == "Header" and block.level == 1 then
      chapters = chapters + 1
      if contents_chapter == chapters - 1 then
        out:insert(pandoc.RawBlock("typst", "#contents()"))
      end
      if pandoc.utils.stringify(block.content):lower():match("^%d*%s*table of contents$") then
        contents_chapter = chapters
      end
      if chapters > 1 then
        out:insert(pandoc.RawBlock("typst", "#pagebreak(weak: true)"))
      end
    end
    out:insert(block)
  end
  return out
end

-- Each heading right above a landscape display on that display's page, not alone on its own.
local function turned(blocks)
  local out, headings = pandoc.Blocks({}), pandoc.Blocks({})
  for _, block in ipairs(blocks) do
    local raw = block.t == "RawBlock"
    if block.t == "Header" then
      headings:insert(block)
    elseif raw and block.format ~= "typst" then
      out:insert(block)
    else
      if raw and #headings > 0 and block.text:sub(1, #landscape) == landscape then
        headings:insert(1, pandoc.RawBlock("typst", landscape))
        block = pandoc.RawBlock("typst", block.text:sub(#landscape + 1))
      end
      out:extend(headings)
      out:insert(block)
      headings = pandoc.Blocks({})
    end
  end
  out:extend(headings)
  return out
end

-- Quarto's HTML is a page for each chapter, whose citations it would count from 1 on each (quarto-cli issue 4160). All
-- of the report in their order, unseen at the head of every page, give them the numbers of the reference list.
local function numbered(doc)
  local cited = doc.meta["citation-order"]
  if cited then
    local citations = pandoc.List(cited):map(function(key)
      return pandoc.Citation(pandoc.utils.stringify(key), "NormalCitation")
    end)
    local unseen = pandoc.Attr("", {}, { style = "display:none" })
    doc.blocks:insert(1, pandoc.Div({ pandoc.Plain({ pandoc.Cite({}, citations) }) }, unseen))
  end
  return doc
end

function Pandoc(doc)
  if is_typst then
    doc.blocks = turned(paged(doc.blocks))
    return doc
  elseif FORMAT:match("html") then
    return numbered(doc)
  end
end
